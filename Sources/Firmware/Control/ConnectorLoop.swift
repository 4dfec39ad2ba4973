import BoardIO
import ChargeControl
import FlightRecorder
import Metering
import Quantities

// One connector's part of a period: take what came from the other threads, sample the board, step the core, write the
// outputs, pulse the gate, hand over what must be recorded. Nothing here waits, locks or allocates. The enable is written
// before the pulse, so that a late period has written it low before the gate can be fed again (docs/control-core.md, "A late
// loop").

/// One core between its board and its queues; confined to the control thread.
final class ConnectorLoop {
    /// 1 and up.
    let number: UInt32
    private var core: ChargeController
    private var input = ControlInput()
    private var limits: ConnectorLimits
    private var readings = ReadingWindow()
    private var load: MeterLoad
    /// What the record thread last said of the store.
    private var store = RecordStoreState.ok
    /// A step asks for at most this many records; with room for less than three steps the sale stops.
    private static let leastRoom = 48
    /// Longer than any disk that works needs for a segment.
    private static let longestRecordTurn = Nanoseconds.seconds(10)
    private var shown: DisplaySample?
    /// What the shells were last told of service mode.
    private var serviceTold = ServiceReport()
    /// What the shells were last told of a test of the residual-current monitor, since when it runs, and whose the next is.
    private var residualTest = ResidualTestReport()
    private var residualTestSince: MonotonicInstant?
    private var askedTest: UInt16 = 0
    /// Whether the core drove the test input in the period before.
    private var droveTest = false
    /// The core has ended a test by then (1 s to trip, 2 s to clear), or has given it up without a word.
    private static let longestResidualTest = Nanoseconds.milliseconds(3_500)
    private var isSessionOpen = false
    /// What the core last said of the plug's lock.
    private var isLocked = false
    /// While a session is prepared: since when. Its first reading comes from a meter that was identified after that.
    private var preparingSince: MonotonicInstant?
    /// The meter is not believed any more in this session: its energy stands where it was last believed.
    private var isDistrusted = false
    /// A reading was refused since the last accepted one.
    private var wasRefused = false
    /// The reset to record: after what rests on readings before it, and before the end.
    private var reset: RecordOrder?
    /// In this period the meter gave reason not to be believed, whatever it said after that.
    private var distrustedAt: MonotonicInstant?
    /// Orders that the record thread had no room for.
    private(set) var lostOrders = 0
    /// What this connector asks of a supply that several share.
    private(set) var demand = SupplyShare.Demand(wants: false, most: .zero, inUse: .zero)
    /// What it takes, for whoever guards the supply.
    private(set) var draw = ConnectorDraw()

    /// Whether the board says that the grid operator's relay limits; so until its first sample.
    private(set) var gridIsLimited = true

    private var recorder: FlightWriter
    private let askForRecording: @Sendable () -> Void
    private var wantsRecording = false
    private let board: any Board
    private let queues: ControlQueues
    /// A meter's current is used for this long when the board measures none itself.
    private let currentValidity: Nanoseconds
    /// How old a register's value may be when the meter is asked for it.
    private let registerRefresh: Nanoseconds

    init(_ setup: Setup, startedAt: MonotonicInstant) {
        number = setup.number
        core = setup.ring.header.beginning.controller()
        recorder = FlightWriter(setup.ring)
        askForRecording = setup.askForRecording
        limits = setup.limits
        board = setup.board
        queues = setup.queues
        registerRefresh = setup.registerRefresh
        currentValidity = setup.ring.header.beginning.configuration.meterPollPeriod + .milliseconds(500)
        load = MeterLoad(startedAt: startedAt)
        // The meter's silence counts from now, not from the machine's start.
        input.meterSince = startedAt
        queues.recordTurn.watch(from: startedAt)
    }

    /// What a connector's loop is made of.
    struct Setup: Sendable {
        var number: UInt32
        /// The flight recorder's memory; its header says what the core begins from.
        var ring: FlightRing
        /// Has the ring written to a file by another thread; called on the control thread, so it neither waits, locks nor
        /// allocates.
        var askForRecording: @Sendable () -> Void
        var board: any Board
        var queues: ControlQueues
        var limits: ConnectorLimits
        /// How old a register's value may be when the meter is asked for it.
        var registerRefresh: Nanoseconds
    }

    /// Runs one period.
    ///
    /// - Returns: whether there is something to record, and whether the core is done with a shutdown that was asked for.
    func period(_ period: ControlPeriod) -> (hasOrders: Bool, isDone: Bool) {
        takeCommands()
        takeMeterNews()
        queues.service.update(&input.service)
        // ARCHITECTURE: charging stops before a record is lost. A record thread that hangs on its disk comes round no more:
        // what flows until the car has stopped is less than a restart still bills (`ConnectorDesk.mostSinceLastRecord`).
        let isHanging = queues.recordTurn.silence(at: period.now) > Self.longestRecordTurn
        input.recordStore = isHanging || queues.orders.room < Self.leastRoom ? .failed : store
        let sample = board.sample()
        gridIsLimited = sample.gridIsLimited
        observe(sample, at: period.now)
        limits.apply(to: &input.limits, utc: period.utc)
        input.lateness = period.lateness
        input.softShutdown = period.shutdown != .none
        input.hardShutdown = period.shutdown == .now
        recorder.keep(core, at: period.now)
        let output = core.step(input, at: period.now)
        recorder.note(input, output, at: period.now)
        if output.faultRaised || wantsRecording { askForRecording() }
        wantsRecording = false
        followResidualTest(output, at: period.now)
        input.selfTestRequest = false
        input.technicianReset = nil
        isSessionOpen = output.display.phase.isSessionOpen()
        if !isSessionOpen { isDistrusted = false }
        notePreparation(output.display.phase, at: period.now)
        demand = output.demand
        draw = ConnectorDraw(
            input, output, isMeasuredByBoard: sample.currentL1 != nil, meterDelay: currentValidity + registerRefresh)
        isLocked = output.lock
        board.apply(BoardOutputs(output))
        if output.gatePulseAllowed { board.pulseGate() }
        queues.load.store(load.condition(after: output, at: period.now))
        handOver(output)
        if output.service != serviceTold {
            serviceTold = output.service
            queues.service.tell(output.service)
        }
        show(output, sample)
        return (output.records.count > 0, output.shutdownComplete)
    }

    /// The safe outputs, with the plug's lock as the core left it: a weld may keep the plug live behind the end.
    func end() {
        var outputs = BoardOutputs.safe
        outputs.lock = isLocked
        board.apply(outputs)
    }

    /// Takes in a request that is for this connector.
    func take(_ request: ControlRequest) {
        switch request {
        case .gridLimit: break
        case .limit(let limit, let asker, _): limits.set(limit, by: asker)
        case .stop(let isWanted, let asker, _):
            limits.stop(isWanted, by: asker)
            input.ownerStop = limits.isStopped
        case .phases(let mode, _): input.wantedPhases = mode
        case .selfTest(_, let number):
            input.selfTestRequest = true
            askedTest = number
        case .technicianReset(let code, _): input.technicianReset = code
        case .recording: wantsRecording = true
        }
    }

    /// Sets a limit that concerns all connectors, for the next period.
    func set(_ limit: CurrentLimit, from source: LimitSource) { input.limits[source] = limit }

    private func takeCommands() {
        while let command = queues.commands.take() {
            switch command {
            case .authorization(let authorization): input.authorization = authorization
            case .noAuthorization: input.authorization = nil
            case .beginDurable(let session): input.durableBegin = session
            case .recordStore(let state): store = state
            }
        }
    }

    private func takeMeterNews() {
        distrustedAt = nil
        while let news = queues.meter.take() {
            switch news {
            case .identified(let moment): if !isSessionOpen { meterState(.ok, since: moment) }
            case .reading(let reading): take(reading)
            case .live(let values): readings.take(values)
            case .refused(let moment):
                wasRefused = true
                meterState(.refused, since: moment)
            case .distrusted(let moment):
                distrustedAt = moment
                isDistrusted = isSessionOpen
            case .lost(let moment): meterState(.lost, since: moment)
            }
        }
        if let distrustedAt { meterState(.distrusted, since: distrustedAt) }
    }

    /// Takes in an accepted reading.
    private func take(_ reading: EnergyReading) {
        if isSessionOpen, let before = readings.newest, !reading.continues(before) {
            // Another counter says nothing about this session.
            if !isDistrusted, reading.origin == .reset { reset = .reset(from: before, to: reading) }
            distrustedAt = reading.at
            isDistrusted = true
        }
        if isSessionOpen, isDistrusted {
            // What it measures now protects all the same. It is no tick, even where later bounds would let it pass.
            return readings.take(reading.live)
        }
        if isSessionOpen, let before = readings.newest {
            if before.rollovers != reading.rollovers { hand(.rollover(from: before, to: reading)) }
            if reading.at - before.at > ConnectorDesk.leastGap {
                hand(.gap(from: before, to: reading, wasRefused: wasRefused))
            }
        }
        wasRefused = false
        meterState(.ok, since: reading.at)
        readings.take(reading)
        if let preparingSince, reading.identified < preparingSince { return }
        // The value may be as old as the request, and older by what the meter takes to renew its registers.
        input.energy = EnergySample(
            number: reading.number, imported: reading.total, at: reading.at, elapsed: reading.elapsed + registerRefresh)
    }

    /// A session begins on a meter whose identity is known now and not once.
    private func notePreparation(_ phase: SessionPhase, at now: MonotonicInstant) {
        guard phase == .preparing else { return preparingSince = nil }
        guard preparingSince == nil else { return }
        preparingSince = now
        queues.load.wantIdentity(since: now)
    }

    private func meterState(_ state: MeterState, since moment: MonotonicInstant) {
        guard input.meter != state else { return }
        input.meter = state
        input.meterSince = moment
    }

    private func observe(_ sample: BoardSample, at now: MonotonicInstant) {
        input.take(sample, at: now)
        if sample.currentL1 == nil { input.currents = readings.currents(at: now, validity: currentValidity) }
        if sample.voltageL1 == nil { input.mains = readings.mains(at: now) }
    }

    /// Tells whoever asked for a test whether the core has begun it, and how it ended. A second request beside a test that runs is
    /// not judged: the core leaves it.
    private func followResidualTest(_ output: ControlOutput, at now: MonotonicInstant) {
        let hasBegun = output.residualTest && !droveTest
        droveTest = output.residualTest
        guard input.selfTestRequest || residualTest.stage == .running else { return }
        if residualTest.stage == .running {
            for position in 0..<output.records.count {
                guard case .residualSelfTest(let passed, let tripTime) = output.records[position] else { continue }
                residualTest.stage = passed ? .passed : .failed
                residualTest.tripTime = tripTime
            }
            let isOver = residualTestSince.map { now - $0 >= Self.longestResidualTest } ?? true
            if residualTest.stage == .running, isOver { residualTest.stage = .givenUp }
        }
        if input.selfTestRequest, residualTest.stage != .running {
            residualTest = ResidualTestReport(number: askedTest, stage: hasBegun ? .running : .refused)
            residualTestSince = now
        }
        queues.residualTest.store(residualTest)
    }

    private func handOver(_ output: ControlOutput) {
        for position in 0..<output.records.count {
            let intent = output.records[position]
            if case .end = intent { handReset() }
            hand(
                .intent(intent, reading: readings.reading(of: intent), contactorClosed: output.contactorEnable))
        }
        handReset()
    }

    private func handReset() {
        guard let order = reset else { return }
        reset = nil
        hand(order)
    }

    private func hand(_ order: RecordOrder) {
        // The desk refuses to go on over a lost order; the sale has stopped long before, at `leastRoom`.
        if !queues.orders.offer(order) { lostOrders += 1 }
    }

    private func show(_ output: ControlOutput, _ sample: BoardSample) {
        let display = DisplaySample(
            state: output.display, isClosed: sample.mirror == .closed, enabled: output.contactorEnable)
        if display != shown, queues.displays.offer(display) { shown = display }
    }
}

extension EnergyReading {
    /// Whether it counts on from an earlier reading of the same counter, over one wrap at most.
    fileprivate func continues(_ earlier: EnergyReading) -> Bool {
        generation == earlier.generation && rollovers &- earlier.rollovers <= 1
    }
}
