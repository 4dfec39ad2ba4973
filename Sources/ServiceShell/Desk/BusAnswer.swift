public import Quantities

/// What happened on the line to one meter since the start.
public struct BusAnswer: Equatable, Sendable, Reportable {
    /// Counts of one kind, in the order in which they are shown.
    public struct Count: Equatable, Sendable {
        /// Lower-case words.
        public var name: String
        public var count: UInt64

        public init(_ name: String, _ count: UInt64) {
            self.name = name
            self.count = count
        }
    }

    /// `nil` for the meter of the mains.
    public var connector: UInt32?
    public var counts: [Count]
    /// How long the line was given to the meter.
    public var busy: Nanoseconds
    /// From a request to its complete reply.
    public var worstLatency: Nanoseconds

    public init(connector: UInt32?, counts: [Count], busy: Nanoseconds, worstLatency: Nanoseconds) {
        self.connector = connector
        self.counts = counts
        self.busy = busy
        self.worstLatency = worstLatency
    }

    var report: Report {
        var report = Report()
        report.add("meter of", .text(connector.map { "connector \($0)" } ?? "mains"))
        for count in counts { report.add(count.name, .count(count.count)) }
        report.add("busy", .duration(busy))
        report.add("worst latency", .duration(worstLatency))
        return report
    }
}
