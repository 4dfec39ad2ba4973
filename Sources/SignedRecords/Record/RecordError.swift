/// Why a record, or a chain of them, is refused.
public enum RecordError: Error, Hashable, Sendable, CustomStringConvertible {
    case wrongLength(of: String, expected: Int, found: Int)
    case notHexadecimal(of: String)
    case invalidLedgerChainID(String)
    /// The COSE_Sign1 message or its signature.
    case envelope(COSEError)
    /// The payload's CBOR or one of its fields.
    case payload(CBORError)
    /// The payload does not encode to the same bytes.
    case notCanonical
    case invalidSequence(UInt64)
    case invalidKeyEpoch(UInt32)
    /// A rule of the chain, at a place.
    indirect case chain(ChainNumber, sequence: UInt64, problem: ChainFault)
    /// A rule of an export, with the offset of the message's first byte.
    indirect case export(offset: Int, problem: RecordError)
    /// An export without what is needed to verify it.
    case exportIncomplete(String)

    public var description: String {
        switch self {
        case .wrongLength(let noun, let expected, let found):
            return "\(noun): expected \(expected) bytes, found \(found)"
        case .notHexadecimal(let noun): return "\(noun): not hexadecimal"
        case .invalidLedgerChainID(let text):
            return "ledger chain id \"\(text)\": expected 1 to 50 printable characters"
        case .envelope(let error): return "\(error)"
        case .payload(let error): return "\(error)"
        case .notCanonical: return "the record does not encode to the same bytes"
        case .invalidSequence(let number): return "sequence \(number): the first is 1"
        case .invalidKeyEpoch(let number): return "key epoch \(number): the first is 1"
        case .chain(let chain, let sequence, let problem): return "chain \(chain), record \(sequence): \(problem)"
        case .export(let offset, let problem): return "byte \(offset): \(problem)"
        case .exportIncomplete(let text): return text
        }
    }
}
