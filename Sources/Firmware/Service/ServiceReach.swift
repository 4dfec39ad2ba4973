internal import FlightRecorder
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
    /// nil where no updater is configured.
    var updates: FirmwareUpdates?
    /// Now, on the clock of the flight recorders.
    var now: @Sendable () -> MonotonicInstant = { SystemClock.now() }

    /// A shell's thread waits so long for the record thread: longer than the slowest disk that works.
    var patience = Nanoseconds.seconds(10)
}
