public import Quantities

/// One fault that stands, or is latched.
public struct FaultAnswer: Equatable, Sendable, Reportable {
    public var code: UInt16
    public var name: String
    /// `nil`: the device as a whole.
    public var connector: UInt32?
    /// Whether its cause is still there.
    public var isPresent: Bool
    /// Whether it stays after its cause is gone.
    public var isLatched: Bool
    /// How long ago it was raised.
    public var age: Nanoseconds?
    /// What clears it: one line.
    public var clearedBy: String
    /// What the board shows of it now; nil where nothing more than the fault.
    public var evidence: String?
    /// Where to look: one line.
    public var check: String

    public init(
        code: UInt16, name: String, connector: UInt32? = nil, isPresent: Bool, isLatched: Bool, age: Nanoseconds? = nil,
        clearedBy: String, evidence: String? = nil, check: String
    ) {
        self.code = code
        self.name = name
        self.connector = connector
        self.isPresent = isPresent
        self.isLatched = isLatched
        self.age = age
        self.clearedBy = clearedBy
        self.evidence = evidence
        self.check = check
    }

    var report: Report {
        var report = Report()
        report.add("code", .count(UInt64(code)))
        report.add("name", .text(name))
        report.add("where", .text(connector.map { "connector \($0)" } ?? "device"))
        report.add("present", .flag(isPresent))
        report.add("latched", .flag(isLatched))
        report.add("age", .duration(age))
        report.add("cleared by", .text(clearedBy))
        report.add("shows", evidence.map { .text($0) } ?? .nothing)
        report.add("check", .text(check))
        return report
    }
}
