public import ChargeControl
public import FlightRecorder
public import Quantities

/// A controller driven at random in virtual time, the same for the same seed everywhere: cars that come, ask, stop and leave, a
/// contactor with a delay that sometimes welds, a meter, grants, faults, stalls, limits. It looks for variety, not for sense.
public struct RandomDrive {
    /// What the controller started from.
    public let beginning: ControllerBeginning
    /// The controller after the last step.
    public private(set) var controller: ChargeController
    /// The last step's.
    public private(set) var input = ControlInput()
    /// The last step's; `nil` before the first.
    public private(set) var output: ControlOutput?
    /// The time of the last step.
    public private(set) var now = MonotonicInstant(nanoseconds: 1_000_000_000)

    private var state: UInt64
    private var car = PilotLevel.a
    private var coil = false
    private var coilSince = MonotonicInstant(nanoseconds: 0)
    private var isClosed = false
    private var isWelded = false
    private var register: Int64 = 12_345_678
    private var readings: UInt64 = 0
    private var polledAt = MonotonicInstant(nanoseconds: 0)
    private var slot: UInt32 = 1
    private var isPlain: Bool

    /// A drive from this seed.
    ///
    /// - Parameter plain: one car that charges for ever, on a board with jitter and noise: what an hour in a garage looks like.
    public init(seed: UInt64, plain: Bool = false) throws(ChargeControlError) {
        state = seed
        isPlain = plain
        var options = ControlOptions()
        options.hasPilotRelay = true
        options.wakeUp = .openThenF
        options.hasVentilation = true
        options.hasLock = true
        options.switchesPhases = true
        options.phaseSwitchPause = .seconds(15)
        options.singlePhaseMaximum = Milliamps(20_000)
        options.hasBothFeedbacks = true
        options.randomRestartDelay = .seconds(5)
        options.randomSeed = seed
        options.watchesVoltage = true
        options.hasBoardTemperature = true
        options.contactorRating = ContactorRating(operations: 200, openingsUnderLoad: 50)
        let configuration = try ControlConfiguration(
            maximumCurrent: Milliamps(32_000), phases: 3, cable: .socket, meterPollPeriod: .seconds(1),
            simulatedBoard: true, options: plain ? ControlOptions() : options)
        var wear = ContactorWear()
        wear.operations = 17
        beginning = ControllerBeginning(configuration, latched: plain ? [] : [.emergencyStop], wear: wear)
        controller = beginning.controller()
        input.meter = .ok
        input.recordStore = .ok
        input.proximity = Ohms(220)
        input.lock = .unlocked
        input.mains = MainsVoltages(
            first: Millivolts(230_000), second: Millivolts(231_000), third: Millivolts(229_500),
            frequency: Millihertz(50_000))
        input.boardTemperature = DeciCelsius(310)
        if plain {
            authorize()
        } else {
            input.localReset = true
        }
    }

    /// The next period's time and input.
    public mutating func advance() {
        if let output { react(to: output) }
        // The plan is punctual; a period begins some tens of microseconds late, now and then much later.
        let lateness = isPlain || !chance(400) ? Int64(below(120_000)) : Int64(below(90)) * 1_000_000
        now = now - input.lateness + .milliseconds(5) + Nanoseconds(lateness)
        input.lateness = Nanoseconds(lateness)
        if isPlain { playPlainCar() } else { disturb() }
        moveContactor()
        readPilot()
        readMeter()
    }

    /// The step itself.
    public mutating func perform() { output = controller.step(input, at: now) }

    private mutating func react(to output: ControlOutput) {
        if output.contactorEnable != coil {
            coil = output.contactorEnable
            coilSince = now
        }
        for position in 0..<output.records.count {
            if case .begin(let mark) = output.records[position] { input.durableBegin = mark.session }
        }
        if !isPlain { input.lock = output.lock ? .locked : .unlocked }
        input.fanRuns = output.ventilation
    }

    /// One car that plugs in after half a second, waits to be offered current, and takes it.
    private mutating func playPlainCar() {
        if car == .a, now >= MonotonicInstant(nanoseconds: 1_500_000_000) { car = .b }
        if output?.display.phase == .offering { car = .c }
    }

    private mutating func disturb() {
        input.technicianReset = nil
        input.localReset = false
        input.selfTestRequest = false
        guard chance(200) else { return }
        // Faults pass, or no energy would ever be sold.
        if chance(2) { recover() }
        switch below(24) {
        case 0, 1, 2: car = .a
        case 3, 4, 5, 6: car = .b
        case 7, 8, 9, 10, 11: car = .c
        case 12: car = [.d, .e, .f, .invalid][below(4)]
        case 13, 14: authorize()
        case 15: input.authorization = nil
        case 16: input.emergencyStop = chance(3)
        case 17: input.residualAlternating = chance(3)
        case 18: isWelded = chance(6)
        case 19: input.mains.first = Millivolts([230_000, 150_000, 280_000][below(3)])
        case 20: input.boardTemperature = DeciCelsius([310, 700, 820][below(3)])
        case 21:
            let source = LimitSource.allCases[below(LimitSource.allCases.count)]
            input.limits[source] = CurrentLimit(
                Milliamps(Int32(below(40_000))), because: LimitReason.allCases[below(LimitReason.allCases.count)],
                until: now + .seconds(Int64(below(60))), failSafe: Milliamps(6_000))
        case 22:
            input.wantedPhases = input.wantedPhases == .three ? .single : .three
            input.meter = chance(4) ? .lost : .ok
            input.meterSince = now
        default:
            input.localReset = true
            input.technicianReset = FaultCode.allCases[below(FaultCode.allCases.count)]
            input.ownerStop = chance(5)
        }
    }

    private mutating func recover() {
        input.emergencyStop = false
        input.residualAlternating = false
        isWelded = false
        input.mains.first = Millivolts(230_000)
        input.boardTemperature = DeciCelsius(310)
        input.limits = LimitTable()
        input.meter = .ok
        input.ownerStop = false
        input.localReset = true
        input.technicianReset = output?.display.fault
        if input.authorization == nil { authorize() }
    }

    private mutating func authorize() {
        slot += 1
        input.authorization = Authorization(
            slot: slot, energyLimit: MilliwattHours(isPlain ? 900_000_000 : Int64(below(5_000_000))),
            energyLimitCause: .grant, currentLimit: chance(2) ? Milliamps(16_000) : nil, deadline: nil)
    }

    private mutating func moveContactor() {
        if now - coilSince >= .milliseconds(20) { isClosed = coil || isWelded }
        input.contactor = ContactorFeedback(mirror: isClosed ? .closed : .open, load: isClosed ? .closed : .open)
        if isClosed { register += 53 }
    }

    private mutating func readPilot() {
        guard isPlain || !chance(300) else { return }
        let waves = EVPilot.halfWaves(of: car, under: output?.pilot ?? .x1, diode: true)
        // A converter's noise, and a sampler of its own pace.
        input.pilot = PilotSample(
            high: waves.high + Millivolts(Int32(below(61)) - 30), low: waves.low + Millivolts(Int32(below(61)) - 30),
            at: now - .microseconds(Int64(below(900))))
    }

    private mutating func readMeter() {
        guard now - polledAt >= .seconds(1) else { return }
        polledAt = now
        readings += 1
        input.energy = EnergySample(
            number: readings, imported: MilliwattHours(register), at: now,
            elapsed: .microseconds(Int64(20_000 + below(9_000))))
        let flowing = isClosed ? Int32(15_800 + below(200)) : 0
        input.currents = PhaseCurrents(
            first: Milliamps(flowing), second: Milliamps(flowing), third: Milliamps(flowing))
        if chance(3) { input.mains.second = Millivolts(Int32(230_000 + below(2_000))) }
    }

    /// SplitMix64.
    private mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }

    private mutating func chance(_ count: Int) -> Bool { below(count) == 0 }
}

/// A drive that is recorded.
public struct RecordedDrive: ~Copyable {
    /// What happened.
    public private(set) var drive: RandomDrive
    /// Where it was recorded.
    public let ring: FlightRing
    private var writer: FlightWriter

    /// A drive from this seed, before its first step.
    public init(
        seed: UInt64, plain: Bool = false, firmware: String = "1.2.3", segments: Int = 32, segmentSize: Int = 65_536
    ) throws(ChargeControlError) {
        drive = try RandomDrive(seed: seed, plain: plain)
        ring = FlightRing(
            header: FlightHeader(
                connector: 1, firmware: VersionText(firmware.utf8), beginning: drive.beginning),
            segments: segments, segmentSize: segmentSize)
        writer = FlightWriter(ring)
    }

    /// So many periods.
    public mutating func run(_ periods: Int) {
        for _ in 0..<periods { step() }
    }

    /// One period.
    public mutating func step() {
        drive.advance()
        writer.keep(drive.controller, at: drive.now)
        drive.perform()
        if let output = drive.output { writer.note(drive.input, output, at: drive.now) }
    }
}
