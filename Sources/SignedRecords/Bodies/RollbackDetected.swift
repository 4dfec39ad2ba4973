/// The ledger proved a head ahead of the journal's: the storage was restored from an image. The record stands at the proved
/// number plus one, with the proved hash as `previous`; records in between are missing here. Nothing is sold until a
/// technician comes.
public struct RollbackDetected: Hashable, Sendable {
    /// The journal's last sequence of this chain; 0 where it had none.
    public var journalSequence: UInt64
    /// The journal's last hash; all zero where it had none.
    public var journalHash: RecordHash
    /// The proved head: this record's sequence minus one.
    public var provedSequence: UInt64
    /// The height of the block whose state proved it.
    public var ledgerHeight: UInt64

    public init(journalSequence: UInt64, journalHash: RecordHash, provedSequence: UInt64, ledgerHeight: UInt64) {
        self.journalSequence = journalSequence
        self.journalHash = journalHash
        self.provedSequence = provedSequence
        self.ledgerHeight = ledgerHeight
    }
}

extension RollbackDetected: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "journal_sequence", .unsigned(journalSequence)),
            RecordField(2, "journal_hash", .bytes(journalHash.bytes)),
            RecordField(3, "proved_sequence", .unsigned(provedSequence)),
            RecordField(4, "ledger_height", .unsigned(ledgerHeight)),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        journalSequence = try fields.unsigned(1, "journal_sequence")
        journalHash = try fields.identifier(2, "journal_hash", RecordHash.self)
        provedSequence = try fields.unsigned(3, "proved_sequence")
        ledgerHeight = try fields.unsigned(4, "ledger_height")
        guard provedSequence > journalSequence else {
            let problem = FieldFault.outOfRange(expected: "above \(journalSequence)", found: "\(provedSequence)")
            throw .field(path: "\(fields.path).proved_sequence", problem: problem)
        }
    }
}
