/// How the charger stands with the ledger.
public struct LedgerAnswer: Equatable, Sendable, Reportable {
    /// The ledger's chain id.
    public var chain: String
    public var endpoint: String
    /// Whether the last exchange with the endpoint went well.
    public var isReachable: Bool
    /// The newest height that the light client has verified.
    public var trustedHeight: UInt64?
    /// That header's time, as milliseconds since 1970.
    public var trustedTime: Int64?
    /// Records that wait for their acknowledgement.
    public var backlog: UInt64
    /// The last error, where there was one.
    public var lastError: String?

    public init(
        chain: String, endpoint: String, isReachable: Bool, trustedHeight: UInt64? = nil, trustedTime: Int64? = nil,
        backlog: UInt64, lastError: String? = nil
    ) {
        self.chain = chain
        self.endpoint = endpoint
        self.isReachable = isReachable
        self.trustedHeight = trustedHeight
        self.trustedTime = trustedTime
        self.backlog = backlog
        self.lastError = lastError
    }

    var report: Report {
        var report = Report()
        report.add("ledger", .text(chain))
        report.add("endpoint", .text(endpoint))
        report.add("reachable", .flag(isReachable))
        report.add("trusted height", .count(trustedHeight))
        report.add("trusted time", .time(unixMilliseconds: trustedTime))
        report.add("backlog", .count(backlog))
        report.add("last error", lastError.map { .text($0) } ?? .nothing)
        return report
    }
}
