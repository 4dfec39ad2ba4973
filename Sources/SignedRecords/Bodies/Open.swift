/// This chain continues on another ledger; signed for the new ledger's id, directly behind `close`.
public struct Open: Hashable, Sendable {
    public var oldLedger: LedgerChainID
    public var newLedger: LedgerChainID
    public var anchorHeight: UInt64
    public var anchorHash: ContentHash

    public init(
        oldLedger: LedgerChainID, newLedger: LedgerChainID, anchorHeight: UInt64, anchorHash: ContentHash
    ) {
        self.oldLedger = oldLedger
        self.newLedger = newLedger
        self.anchorHeight = anchorHeight
        self.anchorHash = anchorHash
    }
}

extension Open: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "old_ledger", .text(oldLedger.text)),
            RecordField(2, "new_ledger", .text(newLedger.text)),
            RecordField(3, "anchor_height", .unsigned(anchorHeight)),
            RecordField(4, "anchor_hash", .bytes(anchorHash.bytes)),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        oldLedger = try fields.ledgerChainID(1, "old_ledger")
        newLedger = try fields.ledgerChainID(2, "new_ledger")
        anchorHeight = try fields.unsigned(3, "anchor_height")
        anchorHash = try fields.identifier(4, "anchor_hash", ContentHash.self)
    }
}
