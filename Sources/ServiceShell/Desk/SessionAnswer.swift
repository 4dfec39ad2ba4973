public import Quantities

/// One connector's session: the one that runs, or the last.
public struct SessionAnswer: Equatable, Sendable, Reportable {
    public var connector: UInt32
    /// nil before the first since the start.
    public var session: [UInt8]?
    public var isOpen: Bool
    /// Where it stands, in the core's word.
    public var phase: String
    public var energy: MilliwattHours
    /// By proof.
    public var paid: Microunits
    public var commission: Microunits
    /// Whether the last session's settlement is proved.
    public var isSettled: Bool

    public init(
        connector: UInt32, session: [UInt8]?, isOpen: Bool, phase: String, energy: MilliwattHours, paid: Microunits,
        commission: Microunits, isSettled: Bool
    ) {
        self.connector = connector
        self.session = session
        self.isOpen = isOpen
        self.phase = phase
        self.energy = energy
        self.paid = paid
        self.commission = commission
        self.isSettled = isSettled
    }

    var report: Report {
        var report = Report()
        report.add("connector", .count(UInt64(connector)))
        report.add("session", session.map { .bytes($0) } ?? .nothing)
        report.add("open", .flag(isOpen))
        report.add("phase", .text(phase))
        report.add("energy", .milliwattHours(energy))
        report.add("paid", .microunits(paid))
        report.add("commission", .microunits(commission))
        report.add("settled", .flag(isSettled))
        return report
    }
}
