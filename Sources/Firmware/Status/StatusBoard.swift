import Metering
import Quantities
import SignedRecords
import Synchronization

/// The newest status, written by the threads that know and read by whoever asks. The control thread never touches it: its
/// timing, what it makes of the mains meter, and what the meters' buses count are read when someone asks.
final class StatusBoard: Sendable {
    private let report: Mutex<StatusReport>
    private let recent = Mutex(RecentRecords())
    private let timing: LoopTiming?
    private let gauge: MainsGauge?
    /// What the buses count, by connector; 0 is the mains meter.
    private let lines = Mutex<[UInt32: @Sendable () -> MeterStatistics]>([:])

    /// A board for so many connectors.
    ///
    /// - Parameters:
    ///   - mains: what is known of the mains meter before it was heard; nil where there is none.
    ///   - gauge: what the control thread makes of that meter.
    init(
        connectors: Int = 1, timing: LoopTiming? = nil, mains: StatusReport.Mains? = nil, gauge: MainsGauge? = nil
    ) {
        var first = StatusReport()
        first.connectors = (1...UInt32(connectors)).map { StatusReport.Outlet(number: $0) }
        first.mains = mains
        report = Mutex(first)
        self.timing = timing
        self.gauge = gauge
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

    /// The newest records.
    var recentRecords: RecentRecords { recent.withLock { $0 } }

    /// Changes the list of the newest records in one step.
    func updateRecent(_ change: (inout RecentRecords) -> Void) { recent.withLock { change(&$0) } }

    /// Has read from here what a bus counts for a connector's meter, or for the mains meter where the connector is nil.
    func watch(connector: UInt32?, _ source: @escaping @Sendable () -> MeterStatistics) {
        lines.withLock { $0[connector ?? 0] = source }
    }

    /// The report as it is now.
    var current: StatusReport {
        var report = report.withLock { $0 }
        let lines = lines.withLock { $0 }
        let now = SystemClock.now()
        for index in report.connectors.indices {
            if let source = lines[report.connectors[index].number] {
                report.connectors[index].meter.show(source(), at: now)
            }
        }
        if let source = lines[0] { report.mains?.meter.show(source(), at: now) }
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
        if report.ledger.headerUTCMS > 0, SystemClock.plausibleUTC() != nil {
            report.ledger.headerAgeMS = max(0, SystemClock.utcMilliseconds() - report.ledger.headerUTCMS)
        }
        if let timing { report.timing = timing.report }
        if let gauge { report.mains?.show(gauge, at: SystemClock.now()) }
        return report
    }
}
