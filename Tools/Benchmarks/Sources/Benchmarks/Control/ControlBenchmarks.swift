import ChargeControl
import Glibc
import Quantities

/// The control core's step, which runs every 5 ms.
enum ControlBenchmarks {
    static let all = [
        Benchmark(
            name: "control-step",
            summary:
                "one step of the control core while a car charges from a socket: every part and sensor, every fault armed",
            leavesOut:
                "reading the board, moving its outputs, the queues to other threads. The heap operations are not this step's but those of "
                + "allocation-check: 20,000 periods of the shipped loop with its queues, shared supply, mains guard and flight recorders, "
                + "through sessions and faults of two connectors on fixed cables, whose boards have none of the options (lock, fan, pilot "
                + "relay, phase switching, residual test, earth, voltage and temperature sensors)",
            run: step)
    ]

    private static func step(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        var charger = try ChargingRig<ChargeController>.charging()
        var empty = charger.emptied()
        let pairing = Pairing.ofMany(conditions.repetitions) {
            charger.step()
        } baseline: {
            empty.step()
        }
        try charger.requireCharging()
        return [
            Figure(
                "control-step", .time(.processor), pairing,
                against: "an empty step of the same shape, same surroundings",
                aims: [.subject(atMost: 1_000), .count("heap operations", atMost: 0)],
                counts: [
                    ("heap operations", try heapOperations(conditions)),
                    ("instructions", try instructions(conditions)),
                    ("bytes of input", Double(MemoryLayout<ControlInput>.size)),
                    ("bytes of output", Double(MemoryLayout<ControlOutput>.size)),
                ])
        ]
    }

    /// So many steps and nothing else: what callgrind counts.
    static func run(steps: Int) throws {
        var charger = try ChargingRig<ChargeController>.charging()
        for _ in 0..<steps { charger.step() }
        try charger.requireCharging()
    }

    /// What the shipped loop calls of the allocator in 20,000 periods of two connectors.
    private static func heapOperations(_ conditions: Benchmark.Conditions) throws -> Double {
        let (status, said) = try Program.run(["\(conditions.binaries)/allocation-check"])
        guard
            let count = said.split(separator: ":").last(where: { $0.contains("calls of the allocator") })?
                .split(separator: " ").first.flatMap({ Double($0) })
        else { throw BenchmarkFailed("allocation-check: expected its count, found \(said)") }
        // It fails where there is one, and the figure says that, too; where it fails without one, it has counted nothing.
        guard status == 0 || count > 0 else { throw BenchmarkFailed("allocation-check: status \(status): \(said)") }
        return count
    }

    /// Instructions of one step with its surroundings: twice as many steps less once as many, under callgrind.
    private static func instructions(_ conditions: Benchmark.Conditions) throws -> Double {
        let steps = 2_000
        // Some versions of valgrind (3.19) do not read the debugging information of this program, and give up.
        let program = "\(conditions.folder)/steps-\(getpid())"
        _ = try Program.output(["strip", "--strip-all", "-o", program, "/proc/self/exe"])
        defer { unlink(program) }
        func counted(_ steps: Int) throws -> Double {
            let said = try Program.output([
                "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, "--steps", "\(steps)",
            ])
            guard let line = said.split(separator: "\n").first(where: { $0.contains("Collected :") }),
                let count = line.split(separator: " ").last.flatMap({ Double($0) })
            else { throw BenchmarkFailed("valgrind: expected its count, found \(said)") }
            return count
        }
        return ((try counted(2 * steps) - counted(steps)) / Double(steps)).rounded()
    }
}
