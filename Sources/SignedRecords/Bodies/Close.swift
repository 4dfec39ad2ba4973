/// This chain leaves its ledger; signed for the old ledger's id. Only `open` may follow.
public struct Close: Hashable, Sendable {
    public var newLedger: LedgerChainID
    /// The block of the new ledger that the device will trust first.
    public var anchorHeight: UInt64
    public var anchorHash: ContentHash

    public init(newLedger: LedgerChainID, anchorHeight: UInt64, anchorHash: ContentHash) {
        self.newLedger = newLedger
        self.anchorHeight = anchorHeight
        self.anchorHash = anchorHash
    }
}

extension Close: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "new_ledger", .text(newLedger.text)),
            RecordField(2, "anchor_height", .unsigned(anchorHeight)),
            RecordField(3, "anchor_hash", .bytes(anchorHash.bytes)),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        newLedger = try fields.ledgerChainID(1, "new_ledger")
        anchorHeight = try fields.unsigned(2, "anchor_height")
        anchorHash = try fields.identifier(3, "anchor_hash", ContentHash.self)
    }
}
