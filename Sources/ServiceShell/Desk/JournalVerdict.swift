/// What a check of stored records found.
public struct JournalVerdict: Equatable, Sendable, Reportable {
    public var chain: UInt32
    /// The first and the last record that was checked; nil where there are none in the range.
    public var range: ClosedRange<UInt64>?
    /// Records that passed every rule.
    public var verified: UInt64
    /// The first that did not, and why; checking ends there.
    public var firstBad: UInt64?
    public var reason: String
    /// The hash of the last one that passed.
    public var head: [UInt8]?
    /// Where a later record stands in the same chain, a second command goes on behind this range.
    public var next: UInt64?

    public init(
        chain: UInt32, range: ClosedRange<UInt64>?, verified: UInt64, firstBad: UInt64? = nil, reason: String = "",
        head: [UInt8]? = nil, next: UInt64? = nil
    ) {
        self.chain = chain
        self.range = range
        self.verified = verified
        self.firstBad = firstBad
        self.reason = reason
        self.head = head
        self.next = next
    }

    var report: Report {
        var report = Report()
        report.add("chain", .count(UInt64(chain)))
        report.add("from", range.map { .count($0.lowerBound) } ?? .nothing)
        report.add("through", range.map { .count($0.upperBound) } ?? .nothing)
        report.add("verified", .count(verified))
        report.add("first bad", firstBad.map { .count($0) } ?? .nothing)
        report.add("reason", reason.isEmpty ? .nothing : .text(reason))
        report.add("head hash", head.map { .bytes($0) } ?? .nothing)
        report.add("go on from", next.map { .count($0) } ?? .nothing)
        return report
    }
}
