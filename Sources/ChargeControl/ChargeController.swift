public import Quantities

/// The pure core of one connector: (state, input, monotonic time) to (state, output).
///
/// A value without I/O, clock, lock, pointer or allocation. `step` is called once every 5 ms with what the board, the
/// meter, the records and the authorisation say; what it answers is computed anew from the present state and input each
/// time.
///
/// The invariant it owns: the contactor is enabled only while the pilot is in state C and PWM runs (C2; D2 where a fan
/// runs), and for at most 6 s of x1 after that (C1), in an open session whose begin record is durable, with no opening
/// fault standing; and, without any car, for at most 2 s of a technician's contactor test in service mode.
///
/// What the step asks of itself once a row or once a step is `mutating` even where it only reads: a plain method gets a
/// copy of the value, 6.7 kB, and those copies cost ten times the step itself.
public struct ChargeController: Sendable, BitwiseCopyable {
    /// What stays the same.
    public let configuration: ControlConfiguration

    var pilot = PilotObserver()
    var diode = DiodeCheck()
    var loop = LoopSupervisor()
    var contactor: ContactorSupervisor
    var wear = ContactorWear()
    var meter = MeterWatch()
    var cable = CableObserver()
    var lock = PlugLock()
    var residualTest = ResidualSelfTest()
    let mains: MainsWatch
    var boardHeat: TemperatureWatch
    var plugHeat: TemperatureWatch
    var faults: FaultMonitor
    var arbiter = CurrentArbiter()
    var session = Session()
    var promise = CurrentPromise()
    var random: RandomDelay

    /// What the last output put on the pilot, and since when it has been PWM or not.
    var command = PilotCommand.x1
    var x1Since = MonotonicInstant(nanoseconds: Int64.min / 2)
    var pwmSince: MonotonicInstant?
    /// When the contactor was last told to close.
    var closedAt: MonotonicInstant?
    /// Steps in a row in which no phase carried 0.5 A.
    var notDrawing = Agreement()
    /// The greatest current while the contactor was last closed, for the wear of its opening.
    var carried = Milliamps.zero
    /// No current is offered before this moment: after a stop, after a fault, after the mains came back.
    var restartAt = MonotonicInstant(nanoseconds: Int64.min / 2)
    /// State F is shown until then.
    var stateFUntil = MonotonicInstant(nanoseconds: Int64.min / 2)
    /// The car has shown state B since it was plugged in.
    var sawB = false
    /// This controller has seen the plug empty.
    var sawEmpty = false
    /// The car asked for ventilation since it was last in state B.
    var sawD = false
    /// Since when the fan has been asked to run.
    var ventilationSince: MonotonicInstant?
    /// When the car last asked for ventilation.
    var lastD: MonotonicInstant?
    /// When the phases were last switched, and whether the last opening was under load.
    var phasesSwitchedAt: MonotonicInstant?
    var openedUnderLoad = false
    /// Since when the loop has been as punctual as the gate needs it.
    var pulsedSince: MonotonicInstant?
    /// The trip inputs of the step before.
    var tripsBefore = TripInputs()
    /// Steps in a row in which a plug outside a session could not be let go.
    var heldPlug = Agreement()
    /// The plug was proven dead since the start.
    var wasPlugDead = false
    var service = ServiceMode()

    /// A controller that has seen nothing: contactor open, pilot at x1.
    public init(_ configuration: ControlConfiguration) {
        self.configuration = configuration
        let options = configuration.options
        contactor = ContactorSupervisor(phases: configuration.phases, switchesPhases: options.switchesPhases)
        mains = MainsWatch(nominal: configuration.nominalVoltage, phases: configuration.phases)
        boardHeat = TemperatureWatch(stop: DeciCelsius(800), most: configuration.maximumCurrent)
        plugHeat = TemperatureWatch(stop: DeciCelsius(900), most: configuration.maximumCurrent)
        faults = FaultMonitor(configuration)
        random = RandomDelay(seed: options.randomSeed, most: options.randomRestartDelay)
        pwmSince = nil
        closedAt = nil
        ventilationSince = nil
        lastD = nil
        phasesSwitchedAt = nil
        pulsedSince = nil
        arbiter.set(CurrentLimit(configuration.maximumCurrent, because: .configured), from: .hardware)
        if case .tethered(let rating) = configuration.cable {
            arbiter.set(CurrentLimit(rating, because: .cableRating), from: .cable)
        }
    }

    /// Marks a fault as latched since before the start: a weld survives the power cycle. Call before the first step.
    ///
    /// - Parameter afterPowerCycle: the machine was powered up since then, and not merely the program started again; only
    ///   then may a residual self-test that passes clear what it can clear.
    public mutating func restore(_ fault: FaultCode, afterPowerCycle: Bool) {
        faults.restore(fault, afterPowerCycle: afterPowerCycle)
    }

    /// Goes on from the contactor's life before the start. Call before the first step.
    public mutating func restore(_ wear: ContactorWear) { self.wear = wear }

    /// One period.
    @_noLocks
    public mutating func step(_ input: ControlInput, at now: MonotonicInstant) -> ControlOutput {
        var records = RecordIntents()
        observe(input, at: now)
        if session.phase.isSessionOpen(), let newest = meter.newest, let tick = session.tick(at: newest) {
            records.append(tick)
        }
        testResidualMonitor(input, at: now, records: &records)
        let standing = judgeFaults(input, at: now)
        faults.record(into: &records)
        updateLimits(input)
        let offer = arbiter.offer(at: now)

        advanceSession(input, standing, offer, at: now, records: &records)
        runService(input, standing, at: now)
        commandPilot(standing, offer, at: now)
        let enable = mayEnableContactor(input, standing, at: now)
        noteContactor(enable, at: now, records: &records)
        // A hard shutdown waits for nothing: the end record follows the opening in the same step.
        if input.hardShutdown, case .ending = session.phase { recordEnd(isFinal: false, records: &records) }
        if session.owesWear { records.append(.wear(wear)) }
        session.owesWear = false
        let locked = driveLock(input, at: now)

        var output = ControlOutput(display: display(standing, offer))
        output.pilot = command
        output.contactorEnable = enable
        output.phases = contactor.mode
        output.gatePulseAllowed = !loop.isFirst && !loop.isStalled && !isContactorStuck()
        output.lock = locked
        output.residualTest = residualTest.drives()
        output.ventilation = ventilationSince != nil
        output.demand = demand(input, at: now)
        output.records = records
        output.service = serviceReport()
        output.faultRaised = standing.hasRaised
        output.shutdownComplete =
            (input.softShutdown || input.hardShutdown) && !session.phase.isSessionOpen()
        return output
    }
}
