import SignedRecords
import Synchronization

/// The newest status, written by the threads that know and read by whoever asks. The control thread never touches it: its
/// timing is read from its counters when someone asks.
final class StatusBoard: Sendable {
    private let report: Mutex<StatusReport>
    private let timing: LoopTiming?

    /// A board for so many connectors.
    init(connectors: Int = 1, timing: LoopTiming? = nil) {
        var first = StatusReport()
        first.connectors = (1...UInt32(connectors)).map { StatusReport.Outlet(number: $0) }
        report = Mutex(first)
        self.timing = timing
    }

    /// Changes the report in one step.
    func update(_ change: (inout StatusReport) -> Void) { report.withLock { change(&$0) } }

    /// Changes what it says of one connector.
    func update(_ chain: ChainNumber, _ change: (inout StatusReport.Outlet) -> Void) {
        report.withLock { report in
            guard let index = report.connectors.firstIndex(where: { $0.number == chain.rawValue }) else { return }
            change(&report.connectors[index])
        }
    }

    /// The report as it is now.
    var current: StatusReport {
        var report = report.withLock { $0 }
        if let first = report.connectors.first {
            report.connector = first.connector
            report.meter = first.meter
            report.ledger.paidMicro = first.paidMicro
            report.ledger.commissionMicro = first.commissionMicro
            report.ledger.settled = first.settled
        }
        if report.records.problem.isEmpty, let barred = report.connectors.first(where: { !$0.problem.isEmpty }) {
            report.records.problem = "connector \(barred.number): \(barred.problem)"
        }
        if let timing { report.timing = timing.report }
        return report
    }
}
