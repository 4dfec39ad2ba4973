import ChargeControl
import Quantities

/// What is stepped each period: the control core, or what it is measured against.
protocol SteppedCore {
    mutating func step(_ input: ControlInput, at now: MonotonicInstant) -> ControlOutput
}

extension ChargeController: SteppedCore {}

/// A step of the same shape that decides nothing: the input goes in, an output comes out.
struct EmptyCore: SteppedCore {
    let output: ControlOutput

    @inline(never)
    mutating func step(_ input: ControlInput, at now: MonotonicInstant) -> ControlOutput {
        consume(input)
        return output
    }
}

/// A charger that has every part and every sensor, and its surroundings in virtual time, as far as charging needs them.
struct ChargingRig<Core: SteppedCore> {
    private(set) var core: Core
    private(set) var output: ControlOutput
    private var input = ControlInput()
    private var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    private var car = PilotLevel.a
    private var steps: UInt64 = 0
    private var testedFor = 0

    var isCharging: Bool { output.contactorEnable && output.display.phase == .charging }

    /// Throws where the session has ended, or was never begun: steps of a charger at rest are not what is measured.
    func requireCharging() throws {
        guard isCharging else {
            throw BenchmarkFailed(
                "after \(steps) steps the rig does not charge: \(output.display.phase), faults \(output.display.faults)"
            )
        }
    }

    /// One period. The meter is read each 500 ms; the register stands still, so the session never ends by itself.
    mutating func step() {
        now = now + .milliseconds(5)
        let waves = EVPilot.halfWaves(of: car, under: output.pilot, diode: true)
        input.pilot = PilotSample(high: waves.high, low: waves.low, at: now)
        let contact: ContactFeedback = output.contactorEnable ? .closed : .open
        input.contactor = ContactorFeedback(
            mirror: contact, secondMirror: contact, firstLoad: contact, secondLoad: contact, thirdLoad: contact)
        // A cable for 32 A, or an empty socket.
        input.proximity = car == .a ? Ohms(100_000) : Ohms(220)
        input.lock = output.lock ? .locked : .unlocked
        input.fanRuns = output.ventilation
        // A car that takes more than it is offered is a fault.
        let current = output.contactorEnable ? min(Milliamps(16_000), output.display.offered) : .zero
        input.currents = PhaseCurrents(first: current, second: current, third: current)
        // A live sensor never stands quite still.
        let temperature = DeciCelsius(300 + Int32(truncatingIfNeeded: steps / 200 % 2))
        input.boardTemperature = temperature
        input.plugTemperature = temperature
        testedFor = output.residualTest ? testedFor + 1 : 0
        input.residualDirect = testedFor >= 20
        input.residualAlternating = testedFor >= 20
        if steps % 100 == 0 {
            input.energy = EnergySample(number: steps / 100 + 1, imported: MilliwattHours(12_345_678), at: now)
        }
        steps += 1
        output = core.step(input, at: now)
        for position in 0..<output.records.count {
            if case .begin(let mark) = output.records[position] { input.durableBegin = mark.session }
        }
    }

    /// The same surroundings around something that decides nothing.
    func emptied() -> ChargingRig<EmptyCore> {
        ChargingRig<EmptyCore>(
            core: EmptyCore(output: output), output: output, input: input, now: now, car: car, steps: steps,
            testedFor: testedFor)
    }

    private init(
        core: Core, output: ControlOutput, input: ControlInput, now: MonotonicInstant, car: PilotLevel, steps: UInt64,
        testedFor: Int
    ) {
        (self.core, self.output, self.input, self.now) = (core, output, input, now)
        (self.car, self.steps, self.testedFor) = (car, steps, testedFor)
    }
}

extension ChargingRig where Core == ChargeController {
    /// A car charges from all three phases of a socket; with every part and sensor that a board can have, every fault is armed.
    static func charging() throws -> ChargingRig {
        var options = ControlOptions()
        options.hasPilotRelay = true
        options.wakeUp = .openThenF
        options.hasVentilation = true
        options.hasLock = true
        options.switchesPhases = true
        options.hasResidualTest = true
        options.watchesEarth = true
        options.watchesVoltage = true
        options.hasBoardTemperature = true
        options.hasPlugTemperature = true
        options.hasGateReadback = true
        options.hasBothFeedbacks = true
        let configuration = try ControlConfiguration(
            maximumCurrent: Milliamps(32_000), phases: 3, cable: .socket,
            meterPollPeriod: .seconds(1), simulatedBoard: true, options: options)
        var rig = ChargingRig(ChargeController(configuration))
        try rig.startCharging()
        return rig
    }

    private init(_ controller: ChargeController) {
        var input = ControlInput()
        input.meter = .ok
        input.recordStore = .ok
        input.earthPresent = true
        input.gateHeld = true
        // A sensor that says nothing at first leaves the limit at 6 A for minutes.
        input.boardTemperature = DeciCelsius(300)
        input.plugTemperature = DeciCelsius(300)
        input.lock = .unlocked
        let volts = Millivolts(230_000)
        input.mains = MainsVoltages(first: volts, second: volts, third: volts, frequency: Millihertz(50_000))
        let now = MonotonicInstant(nanoseconds: 1_000_000_000)
        var core = controller
        let output = core.step(input, at: now)
        self.init(core: core, output: output, input: input, now: now, car: .a, steps: 0, testedFor: 0)
    }

    private mutating func startCharging() throws {
        for _ in 0..<100 { step() }
        car = .b
        for _ in 0..<100 { step() }
        input.authorization = Authorization(
            slot: 1, energyLimit: MilliwattHours(50_000_000_000), energyLimitCause: .grant, currentLimit: nil,
            deadline: nil
        )
        for _ in 0..<4_000 where output.display.phase != .offering { step() }
        car = .c
        for _ in 0..<4_000 where !isCharging { step() }
        try requireCharging()
    }
}
