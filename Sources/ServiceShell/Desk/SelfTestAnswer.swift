/// One part of the charger, what is known of it, and whether it is as it should be.
public struct SelfTestAnswer: Equatable, Sendable, Reportable {
    /// What is known of a part. What is not known is not good.
    public enum Verdict: String, Equatable, Sendable {
        case good = "ok"
        case bad
        case unknown = "not known"
    }

    /// Lower-case words.
    public var part: String
    /// `nil`: the device's own.
    public var connector: UInt32?
    public var verdict: Verdict
    /// What was measured, read or counted.
    public var values: Report
    /// What the values are held against; empty where against nothing.
    public var limit: String
    /// Why it is not good; empty where it is.
    public var reason: String

    public init(
        part: String, connector: UInt32? = nil, verdict: Verdict, values: Report = Report(), limit: String = "",
        reason: String = ""
    ) {
        self.part = part
        self.connector = connector
        self.verdict = verdict
        self.values = values
        self.limit = limit
        self.reason = reason
    }

    /// `weld 1`.
    var name: String { connector.map { "\(part) \($0)" } ?? part }

    var report: Report {
        var report = Report()
        report.add("part", .text(name))
        report.add("verdict", .text(verdict.rawValue))
        report.add("values", .inline(values))
        report.add("limit", limit.isEmpty ? .nothing : .text(limit))
        report.add("why", reason.isEmpty ? .nothing : .text(reason))
        return report
    }

    /// All parts, behind the names of those that are not good.
    static func report(_ answers: [SelfTestAnswer]) -> Report {
        func names(_ verdict: Verdict) -> ReportValue {
            let names = answers.filter { $0.verdict == verdict }.map(\.name)
            return names.isEmpty ? .nothing : .text(names.joined(separator: ", "))
        }
        var report = Report()
        report.add("bad", names(.bad))
        report.add("not known", names(.unknown))
        report.add("parts", .table(answers.map(\.report)))
        return report
    }
}
