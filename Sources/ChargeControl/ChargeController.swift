public import Quantities

/// The pure core of one connector: (state, input, monotonic time) to (state, output).
///
/// A value without I/O, clock, lock or allocation. `step` is called once every 5 ms with what the board, the meter, the
/// records and the authorisation say; what it answers is computed anew from the present state and input each time.
///
/// The invariant it owns: the contactor is enabled only while the pilot is in state C and PWM runs (C2), and for at most
/// 6 s of x1 after that (C1), in an open session whose begin record is durable, with no opening fault standing. Ventilated
/// charging (D2) is not configured; D opens.
public struct ChargeController: Sendable, BitwiseCopyable {
    /// What stays the same.
    public let configuration: ControlConfiguration

    var pilot: PilotObserver
    var diode: DiodeCheck
    var loop: LoopSupervisor
    var contactor: ContactorSupervisor
    var meter: MeterWatch
    var cable: CableObserver
    var faults: FaultMonitor
    var arbiter: CurrentArbiter
    var session: Session

    /// What the last output put on the pilot, and since when it has been PWM or not.
    var command: PilotCommand
    var x1Since: MonotonicInstant
    var pwmSince: MonotonicInstant?
    /// When the contactor was last told to close.
    var closedAt: MonotonicInstant?
    /// Steps in a row in which no phase carried 0.5 A.
    var notDrawing: Agreement
    var promise: CurrentPromise

    /// A controller that has seen nothing: contactor open, pilot at x1.
    public init(_ configuration: ControlConfiguration) {
        self.configuration = configuration
        pilot = PilotObserver()
        diode = DiodeCheck()
        loop = LoopSupervisor()
        contactor = ContactorSupervisor()
        meter = MeterWatch()
        cable = CableObserver()
        faults = FaultMonitor(
            rows: FaultTable.rows(
                simulatedBoard: configuration.simulatedBoard,
                bench: configuration.benchBoard && configuration.benchAllowed))
        arbiter = CurrentArbiter()
        session = Session()
        command = .x1
        x1Since = MonotonicInstant(nanoseconds: Int64.min / 2)
        pwmSince = nil
        closedAt = nil
        notDrawing = Agreement()
        promise = CurrentPromise()
        arbiter.set(CurrentLimit(configuration.maximumCurrent, because: .configured), from: .hardware)
        if case .tethered(let rating) = configuration.cable {
            arbiter.set(CurrentLimit(rating, because: .cableRating), from: .cable)
        }
    }

    /// Marks a fault as latched since before the start: a weld survives the power cycle. Call before the first step.
    public mutating func restore(_ fault: FaultCode) { faults.restore(fault) }

    /// The row of a fault in this controller's table: its texts, and how it behaves.
    public func row(of fault: FaultCode) -> FaultRow? { faults.row(of: fault) }

    /// One period.
    @_noLocks
    public mutating func step(_ input: ControlInput, at now: MonotonicInstant) -> ControlOutput {
        var records = RecordIntents()
        observe(input, at: now)
        if meter.hasNewSample, session.phase.isSessionOpen(), let newest = meter.newest,
            let tick = session.tick(at: newest)
        {
            records.append(tick)
        }
        faults.advance(news(of: input, at: now), at: now, intents: &records)
        let standing = faults.summary()
        updateLimits(input)
        let offer = arbiter.offer(at: now)

        advanceSession(input, standing, offer, at: now, records: &records)
        commandPilot(standing, offer, at: now)
        let enable = mayEnableContactor(input, standing, at: now)
        noteContactor(enable, at: now, records: &records)

        var output = ControlOutput(display: display(standing, offer))
        output.pilot = command
        output.contactorEnable = enable
        output.gatePulseAllowed = !loop.isFirst && !loop.isStalled
        output.lock = mustLock()
        output.records = records
        output.shutdownComplete =
            (input.softShutdown || input.hardShutdown) && !enable && !session.phase.isSessionOpen()
        return output
    }
}
