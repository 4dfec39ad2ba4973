import ChargeControl
import Quantities
import Testing

/// A charger's surroundings in virtual time: a car, a contactor with its own delay, a meter that is polled, a store of
/// records that acknowledges. One `step` is one period of the control loop.
struct Rig {
    var controller: ChargeController
    var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    var input = ControlInput()
    var output: ControlOutput

    /// What the car does to the pilot.
    var car = PilotLevel.a
    var diode = true
    /// Added to both half waves of the pilot.
    var pilotOffset = Millivolts(0)
    /// The pilot's samples stop coming while this is false.
    var pilotIsSampled = true
    /// What flows in each phase while the contactor is closed.
    var draw = Milliamps(16_000)
    /// Drawn even when open (for tests of what is measured).
    var currentsAreMeasured = true
    /// What flows in L2 and L3 while only L1 is to be closed.
    var flowsUnbidden = Milliamps(0)
    /// What is measured instead of what flows, worked on just before the step.
    var currents: @Sendable (inout PhaseCurrents) -> Void = { _ in }
    /// What is measured though the contactor is open.
    var flowsWhileOpen = Milliamps(0)

    var contactorDelay = Nanoseconds.milliseconds(20)
    /// All contacts are welded.
    var isWelded = false
    var neverCloses = false
    var feedbackIsKnown = true
    /// What a pole's feedback says instead of the truth, worked on just before the step.
    var feedback: @Sendable (inout ContactorFeedback) -> Void = { _ in }
    /// The senses and parts beyond the least, as a sound board has them.
    var surroundings = Surroundings()
    private var coilSince = MonotonicInstant(nanoseconds: 0)
    private var coil = false
    private(set) var contactsClosed = false
    private var wasClosed = false
    /// The phases that the contacts connect.
    private(set) var closedPhases = PhaseMode.three

    /// The meter's true register.
    var register = MilliwattHours(12_345_678)
    /// What one period adds to the register while energy flows.
    var energyPerStep = MilliwattHours(0)
    var meterAnswers = true
    var meterPoll = Nanoseconds.milliseconds(500)
    private var polledAt: MonotonicInstant?
    private var readings: UInt64 = 0

    /// Whoever asked for service mode says in each step that he is alive.
    var technicianIsHeard = true

    /// The store acknowledges begin records.
    var acknowledgesBegin = true
    /// What was to be recorded, but for the contactor's wear.
    private(set) var records: [(at: MonotonicInstant, intent: RecordIntent)] = []
    private(set) var wears: [ContactorWear] = []
    /// What changed, in order.
    private(set) var trace: [String] = []
    private var lastTraced: String = ""

    init(
        cable: CableArrangement = .tethered(rating: Milliamps(32_000)), maximumCurrent: Milliamps = Milliamps(32_000),
        phases: UInt8 = 3, energyFactor: UInt32 = 1, bench: Bool = false, benchAllowed: Bool = false,
        simulated: Bool = true, options: ControlOptions = ControlOptions()
    ) throws {
        let configuration = try ControlConfiguration(
            maximumCurrent: maximumCurrent, phases: phases, cable: cable, meterPollPeriod: .seconds(1),
            energyFactor: energyFactor, benchBoard: bench, benchAllowed: benchAllowed, simulatedBoard: simulated,
            options: options)
        self.init(ChargeController(configuration))
    }

    init(_ controller: ChargeController) {
        self.controller = controller
        input.meter = .ok
        input.recordStore = .ok
        var scratch = controller
        output = scratch.step(input, at: now)
    }

    static func grant(
        slot: UInt32 = 7, energy: Int64 = 50_000_000, cause: LimitCause = .grant, current: Milliamps? = nil,
        deadline: MonotonicInstant? = nil, deadlineCause: LimitCause = .grant
    ) -> Authorization {
        Authorization(
            slot: slot, energyLimit: MilliwattHours(energy), energyLimitCause: cause, currentLimit: current,
            deadline: deadline, deadlineCause: deadlineCause)
    }

    /// One period, 5 ms after the last unless said otherwise.
    mutating func step(after period: Nanoseconds = .milliseconds(5)) {
        now = now + period
        moveContactor()
        if contactsClosed { register += energyPerStep }
        readPilot()
        surroundings.step(output, &input, at: now)
        readMeter()
        if acknowledgesBegin {
            for record in records { if case .begin(let mark) = record.intent { input.durableBegin = mark.session } }
        }
        if technicianIsHeard { input.service.heardAt = now }
        input.lateness = period - .milliseconds(5)
        output = controller.step(input, at: now)
        if output.contactorEnable != coil {
            coil = output.contactorEnable
            coilSince = now
        }
        for position in 0..<output.records.count {
            let intent = output.records[position]
            if case .wear(let wear) = intent { wears.append(wear) } else { records.append((now, intent)) }
        }
        note()
    }

    mutating func run(_ duration: Nanoseconds) {
        let end = now + duration
        while now < end { step() }
    }

    /// Steps until it is so; how long it took, or `nil` when it did not come in time.
    mutating func run(
        within limit: Nanoseconds, until condition: (Rig) -> Bool
    ) -> Nanoseconds? {
        let start = now
        while now - start < limit {
            step()
            if condition(self) { return now - start }
        }
        return nil
    }

    /// Plugs in, authorises and charges.
    mutating func startCharging(_ grant: Authorization = Rig.grant()) throws {
        run(.milliseconds(100))
        car = .b
        run(.milliseconds(100))
        input.authorization = grant
        try #require(run(within: .seconds(5)) { $0.output.display.phase == .offering } != nil)
        car = .c
        try #require(run(within: .seconds(2)) { $0.output.contactorEnable } != nil)
        run(.milliseconds(100))
    }

    var intents: [RecordIntent] { records.map(\.intent) }

    /// Whether current is offered (x2).
    var isPowered: Bool { if case .pwm = output.pilot { true } else { false } }

    var endReasons: [StopReason] {
        intents.compactMap { if case .end(_, let reason, _, _, _) = $0 { reason } else { nil } }
    }

    func count(_ isWanted: (RecordIntent) -> Bool) -> Int { intents.filter(isWanted).count }

    mutating func forgetTrace() { trace = [] }

    private mutating func moveContactor() {
        if now - coilSince >= contactorDelay { contactsClosed = (coil && !neverCloses) || isWelded }
        if isWelded { contactsClosed = true }
        if !contactsClosed || !wasClosed { closedPhases = output.phases }
        wasClosed = contactsClosed
        let first: ContactFeedback = contactsClosed ? .closed : .open
        let others: ContactFeedback = contactsClosed && closedPhases == .three ? .closed : .open
        let switches = controller.configuration.options.switchesPhases
        var seen = ContactorFeedback(
            mirror: first, secondMirror: switches ? others : first, firstLoad: first,
            secondLoad: others, thirdLoad: others)
        feedback(&seen)
        input.contactor = feedbackIsKnown ? seen : .unknown
        let flowing = contactsClosed ? draw : flowsWhileOpen
        let flowingOthers = closedPhases == .three ? flowing : contactsClosed ? flowsUnbidden : Milliamps(0)
        input.currents = PhaseCurrents(first: nil, second: nil, third: nil)
        if currentsAreMeasured {
            input.currents = PhaseCurrents(first: flowing, second: flowingOthers, third: flowingOthers)
        }
        currents(&input.currents)
    }

    private mutating func readPilot() {
        guard pilotIsSampled else { return }
        let waves = EVPilot.halfWaves(of: car, under: output.pilot, diode: diode)
        input.pilot = PilotSample(high: waves.high + pilotOffset, low: waves.low, at: now)
    }

    private mutating func readMeter() {
        guard meterAnswers else { return }
        if let polledAt, now - polledAt < meterPoll { return }
        polledAt = now
        readings += 1
        input.energy = EnergySample(number: readings, imported: register, at: now)
    }

    private mutating func note() {
        let letter = output.display.level.map { "\($0)".uppercased() } ?? "?"
        let state = "\(letter)\(output.display.isPowered ? 2 : 1) \(output.contactorEnable ? "closed" : "open")"
        if state != lastTraced { trace.append(state) }
        lastTraced = state
        for position in 0..<output.records.count {
            if case .wear = output.records[position] { continue }
            trace.append(Self.name(output.records[position]))
        }
    }

    static func name(_ intent: RecordIntent) -> String {
        switch intent {
        case .begin: "begin"
        case .tick(_, let index, let boundaries): "tick \(index) (\(boundaries))"
        case .pause(_, let cause): "pause \(cause)"
        case .resume: "resume"
        case .end(_, let reason, _, _, _): "end \(reason)"
        case .faultLatched(let code): "latched \(code)"
        case .faultCleared(let code, _): "cleared \(code)"
        case .wear: "wear"
        case .residualSelfTest(let passed, _): passed ? "self-test passed" : "self-test failed"
        }
    }
}
