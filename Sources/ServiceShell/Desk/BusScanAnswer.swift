public import Quantities

/// Which units of a meter's line a technician asks for.
public struct UnitRange: Equatable, Sendable {
    /// The connector whose meter is on the line; 0 for the meter of the mains.
    public var line: UInt32
    /// 1 to 247 each; the first not above the last.
    public var units: ClosedRange<UInt8>

    public init(line: UInt32, units: ClosedRange<UInt8>) {
        self.line = line
        self.units = units
    }
}

/// Which units of a meter's line answered.
public struct BusScanAnswer: Equatable, Sendable, Reportable {
    /// A unit that let itself be heard.
    public struct Unit: Equatable, Sendable {
        public var number: UInt8
        /// What came from it.
        public var reply: String
        /// Whether that was a reply of this unit; else something came that is none.
        public var isReply: Bool

        public init(number: UInt8, reply: String, isReply: Bool) {
            self.number = number
            self.reply = reply
            self.isReply = isReply
        }
    }

    /// A unit that the configuration names on this line.
    public struct Configured: Equatable, Sendable {
        public var unit: UInt8
        /// `connector 1`, `mains`.
        public var owner: String

        public init(unit: UInt8, owner: String) {
            self.unit = unit
            self.owner = owner
        }
    }

    /// The device or host, and the line's settings.
    public var line: String
    public var configured: [Configured]
    public var range: ClosedRange<UInt8>
    /// How many units were asked, the configured ones first.
    public var asked: Int
    public var units: [Unit]
    public var took: Nanoseconds
    /// Where a second command goes on; nil where all were asked.
    public var next: UInt8?

    public init(
        line: String, configured: [Configured], range: ClosedRange<UInt8>, asked: Int, units: [Unit],
        took: Nanoseconds, next: UInt8? = nil
    ) {
        self.line = line
        self.configured = configured
        self.range = range
        self.asked = asked
        self.units = units
        self.took = took
        self.next = next
    }

    var report: Report {
        var report = Report()
        report.add("line", .text(line))
        report.add("units", .text("\(range.lowerBound) to \(range.upperBound)"))
        report.add("asked", .count(UInt64(asked)))
        report.add("took", .duration(took))
        report.add("go on from", next.map { .count(UInt64($0)) } ?? .nothing)
        report.add("found", .text(verdict))
        report.add(
            "answers",
            .rows(
                units.map { unit in
                    var row = Report()
                    row.add("unit", .count(UInt64(unit.number)))
                    row.add("reply", .text(unit.reply))
                    row.add("configured for", owner(of: unit.number).map { .text($0) } ?? .nothing)
                    return row
                }))
        return report
    }

    /// What it comes to: a dead meter is told apart from one with another number.
    var verdict: String {
        let there = units.filter(\.isReply).map(\.number)
        guard !there.isEmpty else {
            return units.isEmpty
                ? "nobody answers: the meter's supply, A and B of the line, its speed and format, or a number that was not asked"
                : "no reply that is whole: two meters with one number, another speed, or a disturbed line"
        }
        if asked > 2, there.count == asked { return "every unit answers: this device does not look at unit numbers" }
        let missing = configured.filter { !there.contains($0.unit) }
        let strangers = there.filter { owner(of: $0) == nil }
        guard !missing.isEmpty else {
            let known = configured.map { "unit \($0.unit) answers, as configured for \($0.owner)" }
            return (known + strangers.map { "unit \($0) answers, too" }).joined(separator: "; ")
        }
        let says = missing.map { "\($0.unit) for \($0.owner)" }.joined(separator: ", ")
        guard !strangers.isEmpty else { return "the configuration says \(says), which does not answer" }
        let found = strangers.map { "unit \($0)" }.joined(separator: ", ")
        return "\(found) answers (the configuration says \(says)): "
            + "set the meter's unit in the configuration, or its number"
    }

    private func owner(of unit: UInt8) -> String? { configured.first { $0.unit == unit }?.owner }
}
