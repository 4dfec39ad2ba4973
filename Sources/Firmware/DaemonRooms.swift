import BoardIO
import Logging
import Metering
import StatusPage

/// What of the daemon runs, and how it ends: in one order, whether all of it was started or the start broke off.
struct DaemonRooms: Sendable {
    /// Those that were started.
    var boards: [any Board] = []
    let control = ControlThread()
    var records: RecordThread?
    var buses: [ModbusBus] = []
    var archive: FlightArchive?
    var readers: CardReaders?
    var link: Task<Void, Never>?
    var statusServer: StatusServer?
    var controlServer: ControlServer?
    var shell: ShellServer?
    var updates: FirmwareUpdates?
    var page: PageServer?
    let logger: Logger

    /// Nothing runs yet.
    init(logger: Logger) { self.logger = logger }

    /// Waits for the control loop's end, which somebody has asked for, and ends everything else.
    func finish() {
        control.join()
        readers?.stop()
        // Whoever waits for a register would hold up the shell's end.
        for bus in buses { bus.refuseReads() }
        // Before the record thread: what a technician has begun is on record to its end.
        shell?.stop()
        updates?.stop()
        for bus in buses { bus.stop() }
        records?.stop()
        archive?.stop()
        link?.cancel()
        statusServer?.stop()
        controlServer?.stop()
        page?.stop()
        for (number, board) in boards.enumerated() {
            if let timing = board.report().pilotTiming {
                logger.notice("connector \(number + 1): the pilot, made by software: \(timing)")
            }
            board.stop()
        }
        logger.notice("stopped: outputs off, journal closed")
    }

    /// Ends what a start has begun that got no further: the process that ends behind it leaves its outputs as they stand.
    func breakOff() {
        control.shutDown(.now)
        finish()
    }
}
