public import SignedRecords

/// What tells that a device came here from another ledger: which one, the block that it trusted first here, and where its
/// chains begin here. Records before that belong to the other ledger.
public struct MovedDevice: StateValue {
    public static let noun = "moved device"

    /// The ledger that it left.
    public let oldLedger: LedgerChainID
    /// The block of this ledger that its close and open records name.
    public let anchorHeight: UInt64
    /// That block's header hash, as the records state it.
    public let anchorHash: ContentHash
    /// The number of each chain's open record: chain 0, connector 1, …
    public let openSequences: [UInt64]

    /// A moved device from its places.
    public init(
        oldLedger: LedgerChainID, anchorHeight: UInt64, anchorHash: ContentHash, openSequences: [UInt64]
    ) {
        self.oldLedger = oldLedger
        self.anchorHeight = anchorHeight
        self.anchorHash = anchorHash
        self.openSequences = openSequences
    }

    public var items: [CBOR] {
        [
            .text(oldLedger.text), .unsigned(anchorHeight), .bytes(anchorHash.bytes),
            .array(openSequences.map { .unsigned($0) }),
        ]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        let text = try values.text("old ledger", maximum: 50)
        do { oldLedger = try LedgerChainID(text) } catch {
            throw .malformed(what: Self.noun, reason: "old ledger: \(error)")
        }
        anchorHeight = try values.unsigned("anchor height")
        anchorHash = try values.identifier("anchor hash", as: ContentHash.self)
        openSequences = try values.numbers("open sequences", count: 2...33)
    }
}
