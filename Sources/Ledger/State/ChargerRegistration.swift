public import SignedRecords

/// A charger that is registered on this ledger.
public struct ChargerRegistration: StateValue {
    public static let noun = "charger"

    /// Who is paid.
    public let owner: AccountID
    /// Hash of the genesis record: the first `previous` of each connector's chain.
    public let genesis: RecordHash
    /// The Ed25519 key that signs its records now.
    public var ed25519PublicKey: [UInt8]
    /// The P-256 key that signs its exports now; 65 bytes, uncompressed.
    public var p256PublicKey: [UInt8]
    /// The tariff that the owner set.
    public var tariff: TariffHash
    /// How many connectors it has; their chains are 1 to this.
    public let connectors: UInt32
    /// The number of the keys: 1 at genesis, one more with each change.
    public var keyEpoch: UInt32
    /// A bench device: it may record, and accepts no grant.
    public let bench: Bool
    /// Its key signed two records with one number: it takes no grant, and no session that begins is paid.
    public var isFrozen: Bool

    /// How often its sharing, a claim or a reservation changed: whoever has read them at this number need not read them again.
    public var accessRevision: UInt64

    /// A registration from its places.
    public init(
        owner: AccountID, genesis: RecordHash, ed25519PublicKey: [UInt8], p256PublicKey: [UInt8], tariff: TariffHash,
        connectors: UInt32, keyEpoch: UInt32, bench: Bool, isFrozen: Bool = false, accessRevision: UInt64 = 0
    ) {
        self.owner = owner
        self.genesis = genesis
        self.ed25519PublicKey = ed25519PublicKey
        self.p256PublicKey = p256PublicKey
        self.tariff = tariff
        self.connectors = connectors
        self.keyEpoch = keyEpoch
        self.bench = bench
        self.isFrozen = isFrozen
        self.accessRevision = accessRevision
    }

    public var items: [CBOR] {
        [
            .bytes(owner.bytes), .bytes(genesis.bytes), .bytes(ed25519PublicKey), .bytes(p256PublicKey),
            .bytes(tariff.bytes), .unsigned(UInt64(connectors)), .unsigned(UInt64(keyEpoch)), .bool(bench),
            .bool(isFrozen),
        ] + (accessRevision == 0 ? [] : [.unsigned(accessRevision)])
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        owner = try values.identifier("owner", as: AccountID.self)
        genesis = try values.identifier("genesis", as: RecordHash.self)
        ed25519PublicKey = try values.bytes("ed25519 key", count: 32...32)
        p256PublicKey = try values.bytes("p256 key", count: 65...65)
        tariff = try values.identifier("tariff", as: TariffHash.self)
        connectors = try values.number("connectors", as: UInt32.self)
        keyEpoch = try values.number("key epoch", as: UInt32.self)
        bench = try values.bool("bench")
        isFrozen = try values.bool("frozen")
        guard values.hasMore else {
            accessRevision = 0
            return
        }
        accessRevision = try values.unsigned("access revision")
        guard accessRevision > 0 else { throw .malformed(what: Self.noun, reason: "access revision 0 is not written") }
    }
}
