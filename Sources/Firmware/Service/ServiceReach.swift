internal import BoardIO
internal import FlightRecorder
internal import Glibc
internal import Quantities
internal import SignedRecords

/// What the technician's shell reaches beyond the status.
struct ServiceReach: Sendable {
    /// The flight recorders, connector 1 first.
    let rings: [FlightRing]
    let keys: any KeyStore
    let clock: RecordClock
    let proven: ProvenTime
    let log: LogRing
    /// Nothing that is told names a node's path.
    let nodes: NodeAddresses
    /// To the control thread.
    let requests: RequestInlet
    let records: RecordThread
    /// The folder of what the device keeps.
    var home = ""
    /// The board of connector 1, connector 2 …
    var boards: [any Board] = []
    /// Every meter, that of the mains as well.
    var meters: [MeterAccess] = []
    /// Service mode of connector 1, connector 2 …
    var doors: [ServiceDoor] = []
    /// What became of a test of the residual-current monitor, of connector 1, connector 2 …
    var residualTests: [ResidualTestCell] = []
    var settings: SettingsKeeper?
    var calibration: CalibrationKeeper?
    /// Whether somebody starts the firmware again when it has ended.
    var isSupervised = false
    /// Asks for the end of the firmware, in the order that a supervisor's own request has.
    var end: @Sendable () -> Void = { kill(getpid(), SIGTERM) }
    var setWallClock: @Sendable (_ utcMilliseconds: Int64) throws(FirmwareError) -> Void = {
        (milliseconds) throws(FirmwareError) in try SystemClock.set(utcMilliseconds: milliseconds)
    }
    /// nil where no updater is configured.
    var updates: FirmwareUpdates?
    /// Whom the device believes that he is a technician; nil without a shell.
    var trust: DeviceTrust?
    /// Where files come in; nil where none can.
    var transfers: TransferFolder?
    /// The diagnostics archive that a technician had made last.
    var archive: ArchiveShelf?
    /// nil where no ledger is asked.
    var releases: ReleaseInquiry?
    /// Now, on the clock of the flight recorders.
    var now: @Sendable () -> MonotonicInstant = { SystemClock.now() }

    /// A shell's thread waits so long for the record thread: longer than the slowest disk that works.
    var patience = Nanoseconds.seconds(10)
}
