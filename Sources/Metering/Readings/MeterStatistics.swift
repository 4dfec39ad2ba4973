public import Quantities

/// What happened on the line to one meter since the bus was started.
public struct MeterStatistics: Equatable, Sendable {
    /// Requests that went out.
    public internal(set) var requests: UInt64 = 0
    /// Readings that were begun, repeated ones included.
    public internal(set) var polls: UInt64 = 0
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
    /// Replies that answer an earlier request: of another shape or transaction, or faster than the wire can carry them.
    public internal(set) var stale: UInt64 = 0
    /// Replies from another unit, longer than asked for, or with an exception that the protocol does not have.
    public internal(set) var wrongReplies: UInt64 = 0
    /// Readings whose values cannot be true, or do not agree with their second read; each was read again or refused.
    public internal(set) var implausible: UInt64 = 0
    /// Readings with a value that does not decode; each was read again or refused.
    public internal(set) var undecodable: UInt64 = 0
    /// Voltages, currents, powers and frequencies that did not decode; their readings were accepted without them.
    public internal(set) var missingValues: UInt64 = 0
    /// How often the meter was lost.
    public internal(set) var losses: UInt64 = 0
    /// Time from request to complete reply, over all good replies.
    public internal(set) var latency = LatencyHistogram()
    /// How long the line was given to this meter, from each request to its reply or to its being given up.
    public internal(set) var busy = Nanoseconds.zero
    /// When the last accepted reading was complete; `nil` before the first.
    public internal(set) var lastGood: MonotonicInstant?

    public init() {}
}
