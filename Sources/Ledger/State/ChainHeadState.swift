public import SignedRecords

/// The last accepted record of a chain. A proof of this value acknowledges every record up to it.
public struct ChainHeadState: StateValue {
    public static let noun = "head"

    /// The record's number.
    public let sequence: UInt64
    /// The record's hash.
    public let hash: RecordHash

    /// A head from its places.
    public init(sequence: UInt64, hash: RecordHash) {
        self.sequence = sequence
        self.hash = hash
    }

    public var items: [CBOR] { [.unsigned(sequence), .bytes(hash.bytes)] }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        sequence = try values.unsigned("sequence")
        hash = try values.identifier("hash", as: RecordHash.self)
    }
}
