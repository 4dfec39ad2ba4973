/// Anything that may stand in a block.
public enum Transaction: Hashable, Sendable {
    /// One account's signed request.
    case signed(SignedTransaction)
    /// Signed records of chargers.
    case records(RecordBatch)

    /// The most bytes of any transaction.
    public static let maximumBytes = RecordBatch.maximumBytes

    /// Reads a transaction strictly. The first byte tells the kinds apart: 0xd2 is the tag of COSE_Sign1, 0x82 an array of
    /// two. Throws `LedgerError.malformed` or `.refused`.
    public init(decoding bytes: [UInt8]) throws(LedgerError) {
        switch bytes.first {
        case 0xd2: self = .signed(try SignedTransaction(decoding: bytes))
        case 0x82: self = .records(try RecordBatch(decoding: bytes))
        case .some(let byte):
            let found = String(byte, radix: 16)
            throw .malformed(what: "transaction", reason: "starts with byte 0x\(found), expected 0xd2 or 0x82")
        case nil: throw .malformed(what: "transaction", reason: "is empty")
        }
    }
}
