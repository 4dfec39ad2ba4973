public import SignedRecords

/// Stored messages of one chain that travel together.
public struct OutboxBatch: Sendable, Equatable {
    /// The chain.
    public let chain: ChainNumber
    /// Number of the first record.
    public let first: UInt64
    /// Number of the last.
    public let last: UInt64
    /// The stored bytes, in order.
    public let messages: [[UInt8]]
}
