public import SignedRecords

/// Proof that a device's key signed two records with one number.
public struct Equivocation: StateValue {
    public static let noun = "equivocation"

    /// The number.
    public let sequence: UInt64
    /// The record that was accepted; where the ledger has neither, one of the two.
    public let accepted: RecordHash
    /// The other record, whole: anyone can check its signature.
    public let other: [UInt8]

    /// Evidence from its places.
    public init(sequence: UInt64, accepted: RecordHash, other: [UInt8]) {
        self.sequence = sequence
        self.accepted = accepted
        self.other = other
    }

    public var items: [CBOR] { [.unsigned(sequence), .bytes(accepted.bytes), .bytes(other)] }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        sequence = try values.unsigned("sequence")
        accepted = try values.identifier("accepted", as: RecordHash.self)
        other = try values.bytes("other", count: 1...COSESign1.maximumBytes)
    }
}
