public import Quantities

/// Bounds of what is sent at once and how long an answer is waited for.
public struct OutboxLimits: Sendable, Equatable {
    /// Most records in one batch.
    public var recordsPerBatch: Int
    /// Most bytes of messages in one batch. One record longer than this travels alone.
    public var bytesPerBatch: Int
    /// Most records sent and not yet proved, per chain.
    public var recordsInFlight: UInt64
    /// Wait for the proof of a sent batch before it is sent again; doubles up to ``resendCap``.
    public var resendAfter: Nanoseconds
    /// Longest such wait.
    public var resendCap: Nanoseconds

    /// Limits; the defaults keep a batch far below a node's limit of 1 000 000 bytes a request.
    public init(
        recordsPerBatch: Int = 64, bytesPerBatch: Int = 64 << 10, recordsInFlight: UInt64 = 256,
        resendAfter: Nanoseconds = .seconds(8), resendCap: Nanoseconds = .seconds(120)
    ) {
        invariant(recordsPerBatch > 0, "a batch holds at least one record")
        invariant(bytesPerBatch > 0, "a batch holds at least one byte")
        invariant(recordsInFlight >= UInt64(recordsPerBatch), "a whole batch may be in flight")
        self.recordsPerBatch = recordsPerBatch
        self.bytesPerBatch = bytesPerBatch
        self.recordsInFlight = recordsInFlight
        self.resendAfter = resendAfter
        self.resendCap = resendCap
    }
}
