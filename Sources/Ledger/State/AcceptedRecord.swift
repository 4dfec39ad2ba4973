public import SignedRecords

/// An accepted record, by its number: tells a record that comes again from a second one with the same number.
public struct AcceptedRecord: StateValue {
    public static let noun = "accepted record"

    /// The record's hash.
    public let hash: RecordHash
    /// The time of the block that accepted it.
    public let accepted: UTCMilliseconds
    /// The key epoch that signed it.
    public let keyEpoch: UInt32
    /// What the chain's next record may not claim to be earlier than: this record's time where that is vouched for, else when
    /// it was accepted, less the tolerance; never below the bound of the record before.
    public let notBefore: UTCMilliseconds

    /// An accepted record from its places.
    public init(hash: RecordHash, accepted: UTCMilliseconds, keyEpoch: UInt32, notBefore: UTCMilliseconds) {
        self.hash = hash
        self.accepted = accepted
        self.keyEpoch = keyEpoch
        self.notBefore = notBefore
    }

    public var items: [CBOR] {
        [
            .bytes(hash.bytes), .integer(accepted.rawValue), .unsigned(UInt64(keyEpoch)), .integer(notBefore.rawValue),
        ]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        hash = try values.identifier("hash", as: RecordHash.self)
        accepted = UTCMilliseconds(try values.number("accepted", as: Int64.self))
        keyEpoch = try values.number("key epoch", as: UInt32.self)
        notBefore = UTCMilliseconds(try values.signed("not before"))
    }
}
