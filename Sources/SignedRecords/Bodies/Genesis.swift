/// The device's birth certificate: record 1 of chain 0, signed by the Ed25519 key that it names.
///
/// The two keys vouch for one another: the record's own signature is the Ed25519 key's over the P-256 key, and
/// `p256Signature` is the P-256 key's over the Ed25519 key.
public struct Genesis: Hashable, Sendable {
    /// The ledger that this device belongs to.
    public var ledger: LedgerChainID
    /// 32 bytes; the device id is its SHA-256.
    public var ed25519PublicKey: [UInt8]
    /// 65 bytes: the uncompressed point, 0x04 first.
    public var p256PublicKey: [UInt8]
    /// 64 bytes: r and s of ECDSA with SHA-256 over `DevicePublicKeys.crossSigned`.
    public var p256Signature: [UInt8]
    /// The account of the charger's owner.
    public var owner: AccountID
    /// Up to 64 bytes each.
    public var product: String
    public var serial: String
    public var board: String
    /// SHA-256 of the board profile file.
    public var boardProfileHash: ContentHash
    /// SHA-256 of the firmware image.
    public var firmwareDigest: ContentHash
    /// How many connector chains there are: 1 to 32.
    public var connectors: UInt8
    /// The board has no complete hardware safety path and earns nothing.
    public var bench: Bool
    /// 1 in life; above 1 the plant is a simulation that counts so many times as fast.
    public var energyFactor: UInt32

    public init(
        ledger: LedgerChainID, ed25519PublicKey: [UInt8], p256PublicKey: [UInt8], p256Signature: [UInt8],
        owner: AccountID, product: String, serial: String, board: String, boardProfileHash: ContentHash,
        firmwareDigest: ContentHash, connectors: UInt8, bench: Bool, energyFactor: UInt32
    ) {
        self.ledger = ledger
        self.ed25519PublicKey = ed25519PublicKey
        self.p256PublicKey = p256PublicKey
        self.p256Signature = p256Signature
        self.owner = owner
        self.product = product
        self.serial = serial
        self.board = board
        self.boardProfileHash = boardProfileHash
        self.firmwareDigest = firmwareDigest
        self.connectors = connectors
        self.bench = bench
        self.energyFactor = energyFactor
    }

    /// Both keys.
    public var publicKeys: DevicePublicKeys {
        DevicePublicKeys(ed25519: ed25519PublicKey, p256: p256PublicKey)
    }
}

extension Genesis: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "ledger", .text(ledger.text)),
            RecordField(2, "ed25519", .bytes(ed25519PublicKey)),
            RecordField(3, "p256", .bytes(p256PublicKey)),
            RecordField(4, "p256_signature", .bytes(p256Signature)),
            RecordField(5, "owner", .bytes(owner.bytes)),
            RecordField(6, "product", .text(product)),
            RecordField(7, "serial", .text(serial)),
            RecordField(8, "board", .text(board)),
            RecordField(9, "board_profile_hash", .bytes(boardProfileHash.bytes)),
            RecordField(10, "firmware_digest", .bytes(firmwareDigest.bytes)),
            RecordField(11, "connectors", .unsigned(UInt64(connectors))),
            RecordField(12, "bench", .bool(bench)),
            RecordField(13, "energy_factor", .unsigned(UInt64(energyFactor))),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        ledger = try fields.ledgerChainID(1, "ledger")
        ed25519PublicKey = try fields.bytes(2, "ed25519", count: 32)
        p256PublicKey = try fields.bytes(3, "p256", count: 65)
        p256Signature = try fields.bytes(4, "p256_signature", count: 64)
        owner = try fields.identifier(5, "owner", AccountID.self)
        product = try fields.text(6, "product", maximum: 64)
        serial = try fields.text(7, "serial", maximum: 64)
        board = try fields.text(8, "board", maximum: 64)
        boardProfileHash = try fields.identifier(9, "board_profile_hash", ContentHash.self)
        firmwareDigest = try fields.identifier(10, "firmware_digest", ContentHash.self)
        connectors = try fields.integer(11, "connectors", as: UInt8.self)
        bench = try fields.bool(12, "bench")
        energyFactor = try fields.energyFactor(13)
        guard (1...32).contains(connectors) else {
            let problem = FieldFault.outOfRange(expected: "1 to 32", found: "\(connectors)")
            throw .field(path: "\(fields.path).connectors", problem: problem)
        }
    }
}

extension CBORFields {
    mutating func energyFactor(_ key: UInt64) throws(CBORError) -> UInt32 {
        let factor = try integer(key, "energy_factor", as: UInt32.self)
        guard factor >= 1 else {
            throw .field(path: "\(path).energy_factor", problem: .outOfRange(expected: "at least 1", found: "0"))
        }
        return factor
    }
}
