import BoardIO
import ChargeControl
import Metering
import Quantities
import Synchronization

// One period: take what came from the other threads, sample the board, step the core, write the outputs, pulse the gate,
// hand over what must be recorded. Nothing here waits, locks or allocates. The enable is written before the pulse, so that
// a late period has written it low before the gate can be fed again (DECISIONS, "Opening and closing").

/// The body of the control thread: the core between its board and its queues.
struct ControlLoop: ~Copyable {
    private var core: ChargeController
    private var input = ControlInput()
    private var newest: EnergyReading?
    /// The last readings by number, for the records that rest on them.
    private var recent = InlineArray<8, EnergyReading?>(repeating: nil)
    private static let remembered: UInt64 = 8
    /// What the record thread last said of the store.
    private var store = RecordStoreState.ok
    /// A step asks for at most this many records; with room for less than two steps the sale stops.
    private static let leastRoom = 48
    private var shown: DisplaySample?
    private var isSessionOpen = false
    /// Orders that the record thread had no room for.
    private(set) var lostOrders = 0

    private let board: any Board
    private let commands: HandoverQueue<ControlCommand>
    private let meter: HandoverQueue<MeterNews>
    private let orders: HandoverQueue<RecordOrder>
    private let displays: HandoverQueue<DisplaySample>
    private let bell: WakeUp
    /// A meter's current is used for this long when the board measures none itself.
    private let currentValidity: Nanoseconds
    /// How old a register's value may be when the meter is asked for it.
    private let registerRefresh: Nanoseconds

    init(
        configuration: ControlConfiguration, board: any Board, queues: ControlQueues, bell: WakeUp,
        registerRefresh: Nanoseconds, startedAt: MonotonicInstant, latched: [FaultCode] = []
    ) {
        core = ChargeController(configuration)
        for fault in latched { core.restore(fault) }
        self.board = board
        commands = queues.commands
        meter = queues.meter
        orders = queues.orders
        displays = queues.displays
        self.bell = bell
        self.registerRefresh = registerRefresh
        currentValidity = configuration.meterPollPeriod + .milliseconds(500)
        // The meter's silence counts from now, not from the machine's start.
        input.meterSince = startedAt
    }

    /// Runs one period.
    ///
    /// - Parameters:
    ///   - lateness: how much later than planned this period began.
    ///   - shutdown: what the process was asked to do.
    /// - Returns: whether the core is done with a shutdown that was asked for.
    mutating func period(at now: MonotonicInstant, lateness: Nanoseconds, shutdown: ShutdownRequest) -> Bool {
        takeCommands()
        takeMeterNews()
        // ARCHITECTURE: charging stops before a record is lost. A record thread that hangs on its disk lets the queue fill.
        input.recordStore = orders.room < Self.leastRoom ? .failed : store
        let sample = board.sample()
        observe(sample, at: now)
        input.lateness = lateness
        input.softShutdown = shutdown != .none
        input.hardShutdown = shutdown == .now
        let output = core.step(input, at: now)
        isSessionOpen = output.display.phase.isSessionOpen()
        board.apply(BoardOutputs(output))
        if output.gatePulseAllowed { board.pulseGate() }
        handOver(output)
        show(output, sample)
        return output.shutdownComplete
    }

    private mutating func takeCommands() {
        while let command = commands.take() {
            switch command {
            case .authorization(let authorization): input.authorization = authorization
            case .noAuthorization: input.authorization = nil
            case .beginDurable(let session): input.durableBegin = session
            case .recordStore(let state): store = state
            }
        }
    }

    private mutating func takeMeterNews() {
        while let news = meter.take() {
            switch news {
            case .identified(let moment): if !isSessionOpen { meterState(.ok, since: moment) }
            case .reading(let reading):
                // Another meter's register says nothing about this session: to the core the meter is gone.
                if isSessionOpen, let known = newest,
                    known.generation != reading.generation || known.rollovers != reading.rollovers
                {
                    meterState(.lost, since: reading.at)
                    continue
                }
                meterState(.ok, since: reading.at)
                newest = reading
                recent[Int(reading.number % Self.remembered)] = reading
                // The value may be as old as the request, and older by what the meter takes to renew its registers.
                input.energy = EnergySample(
                    number: reading.number, imported: reading.import, at: reading.at,
                    elapsed: reading.elapsed + registerRefresh)
            case .refused(let moment): meterState(.refused, since: moment)
            case .lost(let moment): meterState(.lost, since: moment)
            }
        }
    }

    private mutating func meterState(_ state: MeterState, since moment: MonotonicInstant) {
        guard input.meter != state else { return }
        input.meter = state
        input.meterSince = moment
    }

    private mutating func observe(_ sample: BoardSample, at now: MonotonicInstant) {
        // A pilot that does not say what it was told is no pilot: the car may believe another current.
        let isPilotKnown = sample.pilotValid && !sample.outputFault
        input.pilot =
            isPilotKnown ? PilotSample(high: sample.pilotHigh, low: sample.pilotLow, at: sample.pilotAt) : nil
        input.contactor = ChargeControl.ContactorFeedback(sample)
        input.gateHeld = sample.gate.isHeld
        input.lock = LockFeedback(sample.lock)
        input.boardTemperature = sample.boardTemperature
        input.plugTemperature = sample.plugTemperature
        input.earthPresent = sample.earth.isPresent
        input.enclosureOpen = sample.enclosureOpen
        input.supplyLow = sample.supplyLow
        input.fanRuns = sample.fanRuns
        input.localReset = sample.localReset
        input.mains = mains(sample, at: now)
        input.emergencyStop = sample.emergencyStop
        input.residualDirect = sample.residualDC
        input.residualAlternating = sample.residualAC
        input.proximity = sample.proximity
        if sample.currentL1 != nil {
            input.currents = PhaseCurrents(first: sample.currentL1, second: sample.currentL2, third: sample.currentL3)
        } else if let reading = newest, now - reading.at <= currentValidity {
            let currents = reading.currents
            input.currents = PhaseCurrents(first: currents.l1, second: currents.l2, third: currents.l3)
        } else {
            input.currents = PhaseCurrents(first: nil, second: nil, third: nil)
        }
    }

    /// A meter's voltages say nothing of the mains once they are older than this.
    private static let voltageValidity = Nanoseconds.seconds(1)

    /// The mains as the board measures it, else as the meter does.
    private func mains(_ sample: BoardSample, at now: MonotonicInstant) -> MainsVoltages {
        if sample.voltageL1 != nil {
            return MainsVoltages(
                first: sample.voltageL1, second: sample.voltageL2, third: sample.voltageL3, frequency: sample.frequency)
        }
        guard let reading = newest, now - reading.at <= Self.voltageValidity else { return .unknown }
        return MainsVoltages(
            first: reading.voltages.l1, second: reading.voltages.l2, third: reading.voltages.l3,
            frequency: reading.frequency)
    }

    private mutating func handOver(_ output: ControlOutput) {
        guard output.records.count > 0 else { return }
        for position in 0..<output.records.count {
            let intent = output.records[position]
            let order = RecordOrder(
                intent: intent, reading: reading(of: intent), contactorClosed: output.contactorEnable)
            // The desk refuses to go on over a lost order; the sale has stopped long before, at `leastRoom`.
            if !orders.offer(order) { lostOrders += 1 }
        }
        bell.ring()
    }

    /// The reading that an intent's mark names.
    private func reading(of intent: RecordIntent) -> EnergyReading? {
        let mark: SessionMark
        switch intent {
        case .begin(let stated), .resume(let stated): mark = stated
        case .tick(let stated, _, _), .pause(let stated, _): mark = stated
        case .end(let stated, _, _, _, _): mark = stated
        case .faultLatched, .faultCleared, .wear, .residualSelfTest: return nil
        }
        guard let reading = recent[Int(mark.sample.number % Self.remembered)] else { return nil }
        return reading.number == mark.sample.number ? reading : nil
    }

    private mutating func show(_ output: ControlOutput, _ sample: BoardSample) {
        let display = DisplaySample(
            state: output.display, isClosed: sample.mirror == .closed, enabled: output.contactorEnable)
        if display != shown, displays.offer(display) { shown = display }
    }
}

/// What the process was asked to do.
enum ShutdownRequest: UInt8, AtomicRepresentable {
    case none = 0
    /// x1, wait for the car, open, end record (SIGTERM).
    case soft = 1
    /// Open at once (a second SIGTERM).
    case now = 2
}
