/// How punctual the control loop is.
public struct LoopStatus: Equatable, Sendable, Reportable {
    /// Since the start.
    public var periods: UInt64
    /// How much later than planned a period began, in microseconds.
    public var worstLateness: Int64
    /// Bucket n counts the periods that began less than 2^n microseconds late and are in no lower bucket; the last counts
    /// all later ones.
    public var lateness: [UInt64]
    /// How long a period's work took, in microseconds.
    public var worstStep: Int64
    /// As `lateness`.
    public var step: [UInt64]

    public init(periods: UInt64, worstLateness: Int64, lateness: [UInt64], worstStep: Int64, step: [UInt64]) {
        self.periods = periods
        self.worstLateness = worstLateness
        self.lateness = lateness
        self.worstStep = worstStep
        self.step = step
    }

    var report: Report {
        var report = Report()
        report.add("periods", .count(periods))
        report.add("worst lateness us", .count(UInt64(max(worstLateness, 0))))
        report.add("lateness below us", .text(Self.words(lateness)))
        report.add("worst step us", .count(UInt64(max(worstStep, 0))))
        report.add("step below us", .text(Self.words(step)))
        return report
    }

    /// The buckets that counted something: `64: 812, 128: 3`.
    private static func words(_ buckets: [UInt64]) -> String {
        let counted = buckets.enumerated().filter { $0.element > 0 }.map { index, count in
            index == buckets.count - 1 ? "more: \(count)" : "\(UInt64(1) << UInt64(index)): \(count)"
        }
        return counted.isEmpty ? "none" : counted.joined(separator: ", ")
    }
}
