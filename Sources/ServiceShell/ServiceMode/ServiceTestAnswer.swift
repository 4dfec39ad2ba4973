public import Quantities

/// What a test came to, by the control core.
public struct ServiceTestAnswer: Equatable, Sendable, Reportable {
    /// In one word.
    public enum Verdict: String, Equatable, Sendable {
        case good, bad, slow
        case unknown = "not known"
        case cutShort = "cut short"
    }

    /// What is known of a weld behind the contactor's opening.
    public enum Weld: String, Equatable, Sendable {
        case clear = "none: every pole is proven open"
        case stuck = "found: a pole is not open"
        case unknown = "not known"
    }

    public var part: ServiceTestWish.Part
    /// Why it ended before its time; nil where it went through.
    public var cutShortBy: String?
    /// The fault that stands because of it, or ended it.
    public var fault: String?
    /// From the command to the feedback, closing or locking; nil where none came.
    public var actuation: Nanoseconds?
    /// The same, opening or unlocking.
    public var release: Nanoseconds?
    public var actuationTries: UInt8 = 0
    public var releaseTries: UInt8 = 0
    public var weld = Weld.unknown
    /// A contactor that takes longer is worn.
    public var slowest: Nanoseconds?

    public init(_ part: ServiceTestWish.Part) { self.part = part }

    /// What is missing is never good.
    public var verdict: Verdict {
        if case .contactor = part, weld == .stuck { return .bad }
        if cutShortBy != nil { return .cutShort }
        guard let actuation else { return .bad }
        if case .contactor = part, weld == .unknown { return .unknown }
        guard let release else { return .bad }
        if let slowest, actuation > slowest || release > slowest { return .slow }
        return .good
    }

    var report: Report {
        var report = Report()
        switch part {
        case .contactor:
            report.add("verdict", .text(verdict.rawValue))
            report.add("closed after", .duration(actuation))
            report.add("opened after", .duration(release))
            report.add("slowest allowed", .duration(slowest))
            report.add("weld", .text(weld.rawValue))
        case .lock:
            report.add("verdict", .text(verdict.rawValue))
            report.add("locked after", .duration(actuation))
            report.add("tries to lock", .count(UInt64(actuationTries)))
            report.add("unlocked after", .duration(release))
            report.add("tries to unlock", .count(UInt64(releaseTries)))
        case .lamps(let pattern): report.add("shown", .text(pattern.rawValue))
        }
        report.add("cut short by", cutShortBy.map { .text($0) } ?? .nothing)
        report.add("fault", fault.map { .text($0) } ?? .nothing)
        return report
    }
}
