public import SignedRecords

/// What a transaction may know of the block that it stands in: nothing else of the world reaches the transition.
public struct BlockContext: Hashable, Sendable {
    /// The ledger that signatures name.
    public let ledger: LedgerChainID
    /// The block's header time, rounded down to milliseconds.
    public let time: UTCMilliseconds

    /// A context from its parts.
    public init(ledger: LedgerChainID, time: UTCMilliseconds) {
        self.ledger = ledger
        self.time = time
    }
}
