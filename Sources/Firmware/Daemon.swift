internal import BoardIO
public import Logging
internal import Metering
internal import PlatformLink
internal import Quantities
internal import SignedRecords
internal import Synchronization

// The order of the start is the order of trust: what must never be wrong (board, keys, journal) before what may come late
// (meter, ledger). The order of the stop is its mirror: the contactor first, then the last records, then the rest.

/// The firmware as a running whole.
public final class Daemon: Sendable {
    private let rooms: DaemonRooms
    private let logger: Logger

    /// Puts the rooms together and starts them.
    ///
    /// - Parameters:
    ///   - path: The configuration's file, for the signer that this process may start.
    ///   - benchAllowed: `--bench` was given: a board profile that is marked as a bench may close its contactor.
    ///   - isSupervised: Somebody starts the firmware again when it has ended.
    /// - Throws: `FirmwareError` from the first room that does not start; nothing stays running then but the process, and the
    ///   boards' outputs are off.
    public static func start(
        _ configuration: FirmwareConfiguration, path: String, benchAllowed: Bool, isSupervised: Bool = false,
        logger: Logger
    ) throws(FirmwareError) -> Daemon {
        MemoryLock.returnLargeBuffers()
        let log = LogRing()
        let logger = log.keeping(logger)
        let parts = try DaemonParts(configuration, benchAllowed: benchAllowed) { (keys) throws(FirmwareError) in
            try SignerAccess.connect(keys, configurationPath: path, logger: logger)
        }
        var rooms = DaemonRooms(logger: logger)
        do throws(FirmwareError) {
            try open(parts, into: &rooms, log: log, isSupervised: isSupervised)
        } catch {
            logger.error("the start broke off: what was started is stopped")
            rooms.breakOff()
            throw error
        }
        return Daemon(rooms)
    }

    private init(_ rooms: DaemonRooms) {
        self.rooms = rooms
        logger = rooms.logger
    }

    /// Starts one room after the other; `rooms` has those that were, also where it throws.
    private static func open(
        _ parts: DaemonParts, into rooms: inout DaemonRooms, log: LogRing, isSupervised: Bool
    ) throws(FirmwareError) {
        let (configuration, logger, control) = (parts.configuration, rooms.logger, rooms.control)
        var limitations = parts.connectors.flatMap(\.limitations) + (parts.mains?.limitations ?? [])
        if let problem = parts.calibration.problem { limitations.append(problem) }
        if let refusal = MemoryLock.lockAll() { limitations.append(refusal) }

        let boards = parts.connectors.map(\.board)
        for board in boards {
            try room("board") { try board.start() }
            rooms.boards.append(board)
        }
        setLastAct(openingContactorsOf: boards)
        // Whatever the last run left closed: the coil gate's one-shot has run out by then, and the contactor has opened.
        let contactorsOpenBy = SystemClock.now() + .milliseconds(250)

        let queues = boards.map { _ in ControlQueues() }
        let requests = HandoverQueue<ControlRequest>(capacity: 64)
        let bell = try WakeUp()
        let feed = MainsFeed()
        let status = StatusBoard(
            connectors: boards.count, timing: control.timing, mains: parts.mains?.status, gauge: feed.gauge)
        let records = RecordThread(queues: queues, bell: bell, status: status)
        rooms.records = records
        let proven = ProvenTime()
        let linkWaker = LinkWaker()
        let restored = try records.start { () throws(FirmwareError) in
            try parts.makeDesk(
                queues: queues, contactorsOpenBy: contactorsOpenBy, status: status, proven: proven,
                logger: logger, published: { linkWaker.wake() })
        }

        let (buses, meters) = try parts.makeBuses(
            queues: queues, records: records, feed: feed, status: status, logger: logger)
        rooms.buses = buses
        for bus in buses { try room("meter") { try bus.start() } }

        let rings = parts.makeRings(restored: restored)
        let archive = try FlightArchive(
            rings: rings, folder: configuration.home + "/flight", boot: parts.clock.boot.count, logger: logger)
        rooms.archive = archive
        try archive.start()
        let isRealTime = try control.start { startedAt in
            parts.makeLoop(
                queues: queues, feed: feed, requests: requests, bell: bell, rings: rings, archive: archive,
                startedAt: startedAt)
        }
        for (connector, state) in zip(parts.connectors, restored) where !state.latched.isEmpty {
            let faults = state.latched.map { "\($0)" }.joined(separator: ", ")
            logger.critical("connector \(connector.number): out of service since before the start: \(faults)")
        }
        if !isRealTime { limitations.append("no real-time priority for the control thread (SCHED_FIFO refused)") }
        if parts.keyProtection == "software" { logger.info("device keys are protected by software alone") }
        for limitation in limitations { logger.warning("\(limitation)") }
        status.update { $0.limitations = limitations }

        let link = try parts.makeLink(records: records, proven: proven, logger: logger)
        rooms.readers = try CardReaders.start(configuration.readers, records: records, status: status, logger: logger)
        linkWaker.link = link
        if let path = configuration.statusSocket {
            rooms.statusServer = try StatusServer.start(path: path, status: status)
        }
        let inlet = RequestInlet(requests)
        if let path = configuration.controlSocket {
            let reader = ControlRequestReader(connectors: boards.count, hasGrid: configuration.gridFailSafe != nil)
            rooms.controlServer = try ControlServer.start(path: path, reader: reader, requests: inlet, logger: logger) {
                request, pending in records.post { desk in pending.send(desk.answer(request)) }
            }
        }
        var reach = ServiceReach(
            rings: rings, keys: parts.keys, clock: parts.clock, proven: proven, log: log,
            nodes: NodeAddresses(configuration.ledger), requests: inlet, records: records)
        (reach.home, reach.boards, reach.meters) = (configuration.home, boards, meters)
        reach.isSupervised = isSupervised
        reach.doors = queues.map(\.service)
        reach.residualTests = queues.map(\.residualTest)
        let updates = try parts.makeUpdates(status: status, logger: logger)
        (rooms.updates, reach.updates) = (updates, updates)
        let releases = try ReleaseInquiry(product: parts.identity.product) { linkWaker.wake() }
        reach.releases = releases
        let settings = try SettingsKeeper(.file(configuration.home + "/settings"), connectors: boards.count) {
            inlet.offer($0)
        }
        reach.settings = settings
        reach.calibration = parts.calibration
        records.post { desk in
            desk.settings = settings
            desk.releases = releases
            if let owner = settings.endedTrial { desk.noteTakenBack(owner, why: "the firmware was started") }
        }
        rooms.shell = try parts.startShell(status: status, reach: reach, logger: logger)
        rooms.page = parts.startPage(status: status, logger: logger)
        rooms.link = Task { await link.run() }
    }

    /// Asks for the end: x1, wait for the car to stop or 6 s, open, end record. Asked `immediately`, it opens at once.
    public func shutDown(immediately: Bool) {
        logger.notice("stopping\(immediately ? " at once" : "")")
        rooms.control.shutDown(immediately ? .now : .soft)
    }

    /// Whether the control loop has ended and `finish` will not wait for the car.
    public var isControlEnded: Bool { rooms.control.hasEnded }

    /// How many periods the control loop has had: a number that stands still where the loop does.
    public var controlPeriods: UInt64 { rooms.control.timing.periodCount }

    /// Ends everything else; call it once the control loop has ended, or to wait for it.
    public func finish() { rooms.finish() }

    private static func room(_ name: String, _ start: () throws -> Void) throws(FirmwareError) {
        do { try start() } catch { throw .room(name, reason: "\(error)") }
    }
}

/// Wakes the platform link from the record thread, which starts before the link is there.
private final class LinkWaker: Sendable {
    private let held = Mutex<PlatformLink?>(nil)

    var link: PlatformLink? {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }

    func wake() { link?.wake() }
}
