import Synchronization

/// The newest status, written by the threads that know and read by whoever asks. The control thread never touches it.
final class StatusBoard: Sendable {
    private let report = Mutex(StatusReport())

    /// Changes the report in one step.
    func update(_ change: (inout StatusReport) -> Void) { report.withLock { change(&$0) } }

    /// The report as it is now.
    var current: StatusReport { report.withLock { $0 } }
}
