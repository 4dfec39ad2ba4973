public import SignedRecords

/// A transaction that was read down to its records, before anyone asked whether it may stand. Reading needs no state, so that
/// it can be done on any thread.
public enum ReadTransaction: Sendable {
    /// One account's signed request.
    case signed(SignedTransaction)
    /// The records of a batch up to the first that does not decode.
    case records([SignedRecord])

    /// Throws `LedgerError.malformed` or `.refused` where the transaction does not decode.
    public init(decoding bytes: [UInt8]) throws(LedgerError) {
        switch try Transaction(decoding: bytes) {
        case .signed(let transaction): self = .signed(transaction)
        case .records(let batch):
            var records: [SignedRecord] = []
            for message in batch.messages {
                guard let record = try? SignedRecord(decoding: message) else { break }
                records.append(record)
            }
            self = .records(records)
        }
    }
}
