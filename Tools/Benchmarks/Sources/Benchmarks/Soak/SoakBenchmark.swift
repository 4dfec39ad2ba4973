import ControlSoak
import Dispatch
import Glibc
import Synchronization

/// A month of sessions with faults in virtual time: what they leave behind in memory.
enum SoakBenchmark {
    static let all = [
        Benchmark(
            name: "soak",
            summary:
                "30 virtual days and 10,000 sessions with faults, restarts and stalls; every step held against an oracle that knows the register",
            leavesOut:
                "the ledger, whose own random runs compare what was paid with what was counted (ledger-soak); the daemon's processes",
            isLong: true, run: run)
    ]

    private static let steps = 30 * 86_400 * 200
    private static let sessions = 10_000
    /// Sequences between two looks at the memory, each of at least two minutes.
    private static let part: UInt64 = 1_000

    private static func run(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let jobs = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let sum = Mutex<(coverage: Coverage, failure: String?)>((Coverage(), nil))
        var memory: [Double] = []
        var first: UInt64 = 1
        var coverage = Coverage()
        while coverage.steps < steps || coverage.sessions < sessions {
            let next = Atomic<UInt64>(first)
            let end = first + part
            DispatchQueue.concurrentPerform(iterations: jobs) { _ in
                var own = Coverage()
                while case let seed = next.add(1, ordering: .relaxed).oldValue, seed < end {
                    do {
                        var sequence = try SoakSequence(seed: seed)
                        try sequence.run(into: &own, trace: nil)
                    } catch {
                        sum.withLock { $0.failure = "seed \(seed): \(error)" }
                        next.store(end, ordering: .relaxed)
                    }
                }
                sum.withLock { $0.coverage.add(own) }
            }
            if let failure = sum.withLock({ $0.failure }) { throw BenchmarkFailed(failure) }
            coverage = sum.withLock { $0.coverage }
            memory.append(try ProcessMemory.resident())
            first = end
        }
        let warm = memory[min(1, memory.count - 1)]
        let late = Array(memory.suffix(max(1, memory.count / 2)))
        return [
            Figure(
                "soak memory", .bytes, Pairing(subject: late, baseline: late.map { _ in warm }),
                against: "the memory after the first sequences", aims: [.ratio(atMost: 1.05)],
                counts: [
                    ("virtual days", Double(coverage.steps) / Double(86_400 * 200)),
                    ("sessions", Double(coverage.sessions)),
                    ("sequences", Double(coverage.sequences)), ("restarts", Double(coverage.restarts)),
                    ("broken invariants", 0),
                ])
        ]
    }
}
