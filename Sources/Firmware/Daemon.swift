internal import BoardIO
internal import ChargeControl
internal import DeviceKeys
public import Logging
internal import Metering
internal import PlatformLink
internal import Quantities
internal import ServiceShell
internal import SignedRecords
internal import Synchronization

// The order of the start is the order of trust: what must never be wrong (board, keys, journal) before what may come late
// (meter, ledger). The order of the stop is its mirror: the contactor first, then the last records, then the rest.

/// The firmware as a running whole.
public final class Daemon: Sendable {
    private let board: any Board
    private let control: ControlThread
    private let records: RecordThread
    private let bus: ModbusBus
    private let link: Task<Void, Never>
    private let statusServer: StatusServer?
    private let shell: ServiceShell.SerialLine?
    private let logger: Logger

    /// Puts the rooms together and starts them.
    ///
    /// - Parameter benchAllowed: `--bench` was given: a board profile that is marked as a bench may close its contactor.
    /// - Throws: `FirmwareError` from the first room that does not start; nothing stays running then but the process.
    public static func start(
        _ configuration: FirmwareConfiguration, benchAllowed: Bool, logger: Logger
    ) throws(FirmwareError) -> Daemon {
        let parts = try DaemonParts(configuration, benchAllowed: benchAllowed)
        var limitations: [String] = []
        if let refusal = MemoryLock.lockAll() { limitations.append(refusal) }

        let board = parts.board
        try room("board") { try board.start() }
        setLastAct(openingContactorOf: board)

        let queues = ControlQueues()
        let bell = try WakeUp()
        let status = StatusBoard()
        let records = RecordThread(
            queues: queues, bell: bell, status: status, control: parts.control)
        let linkWaker = LinkWaker()
        let latched = try records.start { () throws(FirmwareError) in
            try parts.makeDesk(queues: queues, status: status, logger: logger, published: { linkWaker.wake() })
        }

        let bus = try parts.makeBus(queues: queues, records: records)
        try room("meter") { try bus.start() }

        let control = ControlThread()
        let isRealTime = try control.start(
            configuration: parts.control, registerRefresh: parts.meterProfile.link.refresh, board: board,
            queues: queues, bell: bell, latched: latched)
        for fault in latched {
            logger.critical("out of service since before the start: \(fault); a technician must see to it")
        }
        if !isRealTime { limitations.append("no real-time priority for the control thread (SCHED_FIFO refused)") }
        if parts.keyProtection == "software" { logger.info("device keys are protected by file permissions alone") }
        for limitation in limitations { logger.warning("\(limitation)") }
        status.update { $0.limitations = limitations }

        let link = try parts.makeLink(records: records, logger: logger)
        linkWaker.link = link
        var server: StatusServer?
        if let path = configuration.statusSocket { server = try StatusServer.start(path: path, status: status) }
        let shell = try parts.startShell(status: status, logger: logger)
        return Daemon(
            board: board, control: control, records: records, bus: bus, link: Task { await link.run() },
            statusServer: server, shell: shell, logger: logger)
    }

    private init(
        board: any Board, control: ControlThread, records: RecordThread, bus: ModbusBus, link: Task<Void, Never>,
        statusServer: StatusServer?, shell: ServiceShell.SerialLine?, logger: Logger
    ) {
        self.board = board
        self.control = control
        self.records = records
        self.bus = bus
        self.link = link
        self.statusServer = statusServer
        self.shell = shell
        self.logger = logger
    }

    /// Asks for the end: x1, wait for the car to stop or 6 s, open, end record. Asked `immediately`, it opens at once.
    public func shutDown(immediately: Bool) {
        logger.notice("stopping\(immediately ? " at once" : "")")
        control.shutDown(immediately ? .now : .soft)
    }

    /// Whether the control loop has ended and `finish` will not wait for the car.
    public var isControlEnded: Bool { control.hasEnded }

    /// Ends everything else; call it once the control loop has ended, or to wait for it.
    public func finish() {
        control.join()
        bus.stop()
        records.stop()
        link.cancel()
        statusServer?.stop()
        shell?.stop()
        board.stop()
        logger.notice("stopped: outputs off, journal closed")
    }

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
