internal import Metering
internal import Quantities

extension StatusReport.Meter {
    /// What happened on the line to the meter since the start; docs/meters.md, "What a bus counts".
    public struct Line: Codable, Equatable, Sendable {
        public var requests: UInt64 = 0
        /// Readings that were begun, repeated ones included.
        public var polls: UInt64 = 0
        public var repeated: UInt64 = 0
        public var timeouts: UInt64 = 0
        public var checksums: UInt64 = 0
        public var exceptions: UInt64 = 0
        public var stale: UInt64 = 0
        public var wrongReplies: UInt64 = 0
        public var implausible: UInt64 = 0
        public var undecodable: UInt64 = 0
        public var missingValues: UInt64 = 0
        public var losses: UInt64 = 0
        /// How long the line was given to the meter.
        public var busyMS: Int64 = 0
        /// The longest time from a request to its complete reply.
        public var worstLatencyMS: Int64 = 0
        /// Replies by the time they took: below 1 ms, then each up to twice the one before, the last from 4096 ms on.
        public var latency: [UInt64] = []

        /// Nothing has happened.
        public init() {}

        enum CodingKeys: String, CodingKey {
            case requests, polls, repeated, timeouts, checksums, exceptions, stale, implausible, undecodable, losses
            case wrongReplies = "wrong_replies"
            case missingValues = "missing_values"
            case busyMS = "busy_ms"
            case worstLatencyMS = "worst_latency_ms"
            case latency = "latency_log2_ms"
        }
    }
}

extension StatusReport.Meter {
    /// Takes over what the bus counts.
    mutating func show(_ statistics: MeterStatistics, at now: MonotonicInstant) {
        line = Line(statistics)
        if let lastGood = statistics.lastGood { ageMS = max(0, (now - lastGood).wholeMilliseconds) }
    }
}

extension StatusReport.Meter.Line {
    init(_ statistics: MeterStatistics) {
        requests = statistics.requests
        polls = statistics.polls
        repeated = statistics.repeated
        timeouts = statistics.timeouts
        checksums = statistics.checksums
        exceptions = statistics.exceptions
        stale = statistics.stale
        wrongReplies = statistics.wrongReplies
        implausible = statistics.implausible
        undecodable = statistics.undecodable
        missingValues = statistics.missingValues
        losses = statistics.losses
        busyMS = statistics.busy.wholeMilliseconds
        worstLatencyMS = statistics.latency.most.wholeMilliseconds
        latency = (0..<LatencyHistogram.steps).map { statistics.latency[$0] }
    }
}
