public import Quantities

/// What a test of one connector's residual-current monitor came to, by the control core. Throughout a test that went through the
/// contactor was proven open.
public struct ResidualTestAnswer: Equatable, Sendable, Reportable {
    /// How it ended.
    public enum Outcome: Equatable, Sendable {
        case passed
        case failed
        /// It did not go through, and why.
        case notDone(String)
    }

    public var connector: UInt32
    public var outcome: Outcome
    /// From the test input to the later of the two trips; nil where not both came.
    public var trip: Nanoseconds?
    /// Both have to trip within this.
    public var limit: Nanoseconds

    public init(connector: UInt32, outcome: Outcome, trip: Nanoseconds?, limit: Nanoseconds) {
        self.connector = connector
        self.outcome = outcome
        self.trip = trip
        self.limit = limit
    }

    /// Whether it went through, well or not.
    public var isDone: Bool {
        if case .notDone = outcome { return false }
        return true
    }

    var report: Report {
        var report = Report()
        report.add("connector", .count(UInt64(connector)))
        switch outcome {
        case .passed: report.add("verdict", .text("good"))
        case .failed: report.add("verdict", .text("bad"))
        case .notDone: report.add("verdict", .text("not known"))
        }
        report.add("tripped after", .duration(trip))
        report.add("limit", .duration(limit))
        switch outcome {
        case .passed: report.add("why", .nothing)
        case .failed:
            report.add("why", .text(trip == nil ? "it did not trip in time" : "it did not clear behind the test"))
        case .notDone(let reason): report.add("why", .text(reason))
        }
        report.add("contactor", .text(isDone ? "open throughout" : nil))
        return report
    }

    static func report(_ answers: [ResidualTestAnswer]) -> Report {
        var report = Report()
        report.add("tests", .rows(answers.map(\.report)))
        return report
    }
}
