import ChargeControl
import Quantities

/// The control core's step, which runs every 5 ms.
enum ControlBenchmarks {
    static let all = [
        Benchmark(name: "control-step", summary: "one step of the control core while a car charges", run: step)
    ]

    private static func step(_ conditions: Benchmark.Conditions) throws -> Benchmark.Result {
        var charger = try ChargingRig()
        try charger.startCharging()
        let measured = Measurement.ofMany(samples: conditions.samples) { charger.step() }
        guard charger.isCharging else { throw BenchmarkFailed("the session ended during the benchmark") }
        let baseline = Measurement.ofMany(samples: conditions.samples) { consume(Stopwatch.wall.now()) }
        return Benchmark.Result(
            measured: measured, stopwatch: .processor, baselineName: "reading the monotonic clock once",
            baseline: baseline,
            counts: [
                ("bytes of input", Double(MemoryLayout<ControlInput>.size)),
                ("bytes of output", Double(MemoryLayout<ControlOutput>.size)),
            ])
    }
}

/// A charger's surroundings in virtual time, as far as charging needs them.
struct ChargingRig {
    private var controller: ChargeController
    private var input = ControlInput()
    private var output: ControlOutput
    private var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    private var car = PilotLevel.a
    private var steps: UInt64 = 0

    var isCharging: Bool { output.contactorEnable && output.display.phase == .charging }

    init() throws {
        controller = ChargeController(
            try ControlConfiguration(
                maximumCurrent: Milliamps(32_000), phases: 3, cable: .tethered(rating: Milliamps(32_000)),
                meterPollPeriod: .seconds(1), simulatedBoard: true))
        input.meter = .ok
        input.recordStore = .ok
        output = controller.step(input, at: now)
    }

    /// One period. The meter is read each 500 ms; the register stands still, so the session never ends by itself.
    mutating func step() {
        now = now + .milliseconds(5)
        let waves = EVPilot.halfWaves(of: car, under: output.pilot, diode: true)
        input.pilot = PilotSample(high: waves.high, low: waves.low, at: now)
        let contact: ContactFeedback = output.contactorEnable ? .closed : .open
        input.contactor = ContactorFeedback(mirror: contact, load: contact)
        let current = output.contactorEnable ? Milliamps(16_000) : .zero
        input.currents = PhaseCurrents(first: current, second: current, third: current)
        if steps % 100 == 0 {
            input.energy = EnergySample(number: steps / 100 + 1, imported: MilliwattHours(12_345_678), at: now)
        }
        steps += 1
        output = controller.step(input, at: now)
        for position in 0..<output.records.count {
            if case .begin(let mark) = output.records[position] { input.durableBegin = mark.session }
        }
    }

    mutating func startCharging() throws {
        for _ in 0..<20 { step() }
        car = .b
        for _ in 0..<20 { step() }
        input.authorization = Authorization(
            slot: 1, energyLimit: MilliwattHours(50_000_000), energyLimitCause: .grant, currentLimit: nil, deadline: nil
        )
        for _ in 0..<1_000 where output.display.phase != .offering { step() }
        car = .c
        for _ in 0..<1_000 where !isCharging { step() }
        guard isCharging else { throw BenchmarkFailed("the rig does not charge: \(output.display.phase)") }
    }
}
