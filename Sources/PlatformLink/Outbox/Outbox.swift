public import Quantities
public import SignedRecords

/// Decides which stored records of one chain are sent when. Pure: (state, event, now) → state and batches.
///
/// Owns three rules. Records leave in the order of their numbers, without a hole. What leaves are the stored bytes;
/// nothing here can sign. A record is sent again until a proof acknowledges it, and only a proof ends that.
public struct Outbox: Sendable, Equatable {
    /// The chain.
    public let chain: ChainNumber
    /// Its bounds.
    public let limits: OutboxLimits
    /// Number up to which the ledger's acceptance is proved.
    public private(set) var acknowledged: UInt64
    /// Number up to which records were handed to the node and not yet given up.
    public private(set) var sentThrough: UInt64
    /// When the records in flight are sent again; nil when none are.
    public private(set) var resendAt: MonotonicInstant?
    /// Records that were handed over and that no proof came for in time, since the last batch was asked for.
    public private(set) var unproved: ClosedRange<UInt64>?
    /// Before this nothing is sent: the node refused a batch.
    public private(set) var heldUntil: MonotonicInstant?
    private var backOff: BackOff

    /// An outbox for a chain whose records up to `acknowledged` need not be sent.
    public init(chain: ChainNumber, acknowledged: UInt64, limits: OutboxLimits, seed: UInt64) {
        self.chain = chain
        self.limits = limits
        self.acknowledged = acknowledged
        sentThrough = acknowledged
        backOff = BackOff(base: limits.resendAfter, cap: limits.resendCap, seed: seed)
    }

    /// Largest number of records worth asking the journal for, counted from the first that is not acknowledged.
    public var wanted: Int { Int(limits.recordsInFlight) }

    /// The next batch to send, or nil when there is none now.
    ///
    /// - Parameters:
    ///   - stored: The journal's records from ``acknowledged`` + 1 on, in order.
    ///   - now: Monotonic time.
    /// - Throws: `journalOutOfOrder` when `stored` has a hole or another chain's record.
    public mutating func nextBatch(
        from stored: [SignedRecord], now: MonotonicInstant
    ) throws(PlatformLinkError) -> OutboxBatch? {
        var expected = acknowledged
        for signed in stored {
            expected += 1
            guard signed.record.chain == chain, signed.record.sequence == expected else {
                throw .journalOutOfOrder(
                    chain: chain.rawValue, expected: expected, found: signed.record.sequence,
                    ofChain: signed.record.chain.rawValue)
            }
        }
        unproved = nil
        if let resendAt, resendAt <= now {
            if sentThrough > acknowledged { unproved = acknowledged + 1...sentThrough }
            // No proof came in time: all from the proved head on is sent again, the same bytes.
            sentThrough = acknowledged
            self.resendAt = nil
            heldUntil = nil
        }
        if let heldUntil, now < heldUntil { return nil }
        heldUntil = nil
        guard sentThrough - acknowledged < limits.recordsInFlight else { return nil }
        let room = limits.recordsInFlight - (sentThrough - acknowledged)
        var messages: [[UInt8]] = []
        var bytes = 0
        for signed in stored.dropFirst(Int(sentThrough - acknowledged)) {
            guard messages.count < limits.recordsPerBatch, UInt64(messages.count) < room else { break }
            guard messages.isEmpty || bytes + signed.message.count <= limits.bytesPerBatch else { break }
            messages.append(signed.message)
            bytes += signed.message.count
        }
        guard !messages.isEmpty else { return nil }
        return OutboxBatch(
            chain: chain, first: sentThrough + 1, last: sentThrough + UInt64(messages.count), messages: messages)
    }

    /// The node took the batch. That is no acknowledgement.
    public mutating func handedOver(_ batch: OutboxBatch, now: MonotonicInstant) {
        invariant(batch.chain == chain, "a batch belongs to its chain's outbox")
        guard batch.last > sentThrough else { return }
        sentThrough = batch.last
        if resendAt == nil { resendAt = now + backOff.failed() }
    }

    /// The node refused the batch, or could not be reached: what is in flight counts as not sent, and is held back.
    public mutating func refused(now: MonotonicInstant) {
        sentThrough = acknowledged
        resendAt = nil
        heldUntil = now + backOff.failed()
    }

    /// A proof acknowledged records up to `sequence`.
    public mutating func proved(_ sequence: UInt64, now: MonotonicInstant) {
        invariant(sequence >= acknowledged, "an acknowledgement never goes back")
        guard sequence > acknowledged else { return }
        acknowledged = sequence
        backOff.succeeded()
        heldUntil = nil
        if sentThrough <= sequence {
            sentThrough = sequence
            resendAt = nil
        } else {
            resendAt = now + backOff.failed()
        }
    }
}
