public import Quantities

/// What happened on the line to one meter since the bus was started.
public struct MeterStatistics: Equatable, Sendable {
    /// Requests that went out.
    public internal(set) var requests: UInt64 = 0
    /// Readings that were accepted.
    public internal(set) var readings: UInt64 = 0
    /// Readings, identities and guards that were refused.
    public internal(set) var refused: UInt64 = 0
    /// Doubtful readings that were read again before they were accepted or refused.
    public internal(set) var repeated: UInt64 = 0
    /// Requests without a complete reply in time.
    public internal(set) var timeouts: UInt64 = 0
    /// Replies with a wrong checksum.
    public internal(set) var checksums: UInt64 = 0
    /// Replies with one of the protocol's exceptions.
    public internal(set) var exceptions: UInt64 = 0
    /// Replies of another shape, unit or transaction, and ones that came faster than the wire can carry them.
    public internal(set) var wrongReplies: UInt64 = 0
    /// Voltages, currents, powers and frequencies that did not decode; the reading is accepted without them.
    public internal(set) var undecodable: UInt64 = 0
    /// How often the meter was lost.
    public internal(set) var losses: UInt64 = 0
    /// Time from request to complete reply, over all good replies.
    public internal(set) var latency = Latency()

    public init() {}

    /// Figures of a duration.
    public struct Latency: Equatable, Sendable {
        public private(set) var count: UInt64 = 0
        public private(set) var least: Nanoseconds = .zero
        public private(set) var most: Nanoseconds = .zero
        private var sum: Int64 = 0

        public init() {}

        /// The mean, rounded towards zero; zero before the first reply.
        public var mean: Nanoseconds { count == 0 ? .zero : Nanoseconds(sum / Int64(clamping: count)) }

        mutating func note(_ elapsed: Nanoseconds) {
            let (next, overflow) = sum.addingReportingOverflow(elapsed.rawValue)
            // 292 years of replies; the mean then stays as it is.
            guard !overflow else { return }
            sum = next
            least = count == 0 ? elapsed : min(least, elapsed)
            most = max(most, elapsed)
            count += 1
        }
    }
}
