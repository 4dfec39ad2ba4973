/// One part of the charger, and whether it is as it should be.
public struct SelfTestAnswer: Equatable, Sendable, Reportable {
    /// What is known of a part. What is not known is not good.
    public enum Verdict: String, Equatable, Sendable {
        case good, bad
        case unknown = "not known"
    }

    public var part: String
    public var verdict: Verdict
    /// Why it is not good; empty where it is.
    public var reason: String

    public init(part: String, verdict: Verdict, reason: String = "") {
        self.part = part
        self.verdict = verdict
        self.reason = reason
    }

    var report: Report {
        var report = Report()
        report.add("part", .text(part))
        report.add("verdict", .text(verdict.rawValue))
        report.add("reason", reason.isEmpty ? .nothing : .text(reason))
        return report
    }
}
