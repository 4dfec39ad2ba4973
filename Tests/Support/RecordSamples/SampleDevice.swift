public import Crypto
public import SignedRecords

/// A device for tests: keys from a seed, chains in memory, every record signed and linked as docs/format.md says.
public struct SampleDevice: Sendable {
    public let key: Curve25519.Signing.PrivateKey
    public let p256: P256.Signing.PrivateKey
    public var ledger: LedgerChainID
    public private(set) var heads: [ChainNumber: ChainHead] = [:]
    public private(set) var epoch: UInt32 = 1
    public private(set) var signingKey: Curve25519.Signing.PrivateKey
    public let genesis: SignedRecord
    public let owner: AccountID
    /// Milliseconds on the monotonic clock; each record takes one second.
    public var clock: UInt64 = 1_000

    public var device: DeviceID { genesis.record.device }
    public var publicKeys: DevicePublicKeys {
        DevicePublicKeys(
            ed25519: Array(key.publicKey.rawRepresentation), p256: Array(p256.publicKey.x963Representation))
    }

    public static let boot = BootID(exactly: [UInt8](repeating: 0xB0, count: 16))

    public init(seed: UInt8 = 1, ledger: String = "wattseal-test", connectors: UInt8 = 2) throws {
        key = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: seed, count: 32))
        p256 = try P256.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: seed, count: 32))
        signingKey = key
        self.ledger = try LedgerChainID(ledger)
        owner = AccountID(hashing: [seed, 0xAA])
        let ed25519 = Array(key.publicKey.rawRepresentation)
        let cross = try p256.signature(for: DevicePublicKeys.crossSigned(ed25519: ed25519))
        let body = Genesis(
            ledger: self.ledger, ed25519PublicKey: ed25519, p256PublicKey: Array(p256.publicKey.x963Representation),
            p256Signature: Array(cross.rawRepresentation), owner: owner, product: "Wattseal test charger",
            serial: "T-0001", board: "simulated", boardProfileHash: ContentHash(hashing: [1]),
            firmwareDigest: ContentHash(hashing: [2]), connectors: connectors, bench: false, energyFactor: 1)
        let record = Record(
            device: DeviceID(hashing: ed25519), chain: .device, sequence: 1, previous: .zero, keyEpoch: 1,
            time: SampleDevice.time(1_000), body: .genesis(body))
        genesis = try SignedRecord(signing: record, key: key, ledger: self.ledger)
        heads[.device] = genesis.head
    }

    public static func time(_ monotonic: UInt64) -> RecordTime {
        RecordTime(
            utc: UTCMilliseconds(1_800_000_000_000 + Int64(monotonic)), quality: .synchronised, monotonic: monotonic,
            boot: boot, bootCount: 1)
    }

    /// The next record of a chain, unsigned; the chain does not move.
    public func next(_ chain: ChainNumber, _ body: RecordBody) -> Record {
        let head = heads[chain]
        return Record(
            device: device, chain: chain, sequence: (head?.sequence ?? 0) + 1, previous: head?.hash ?? genesis.hash,
            keyEpoch: epoch, time: SampleDevice.time(clock + 1_000), body: body)
    }

    /// Signs the next record of a chain and moves the chain.
    @discardableResult
    public mutating func append(_ chain: ChainNumber, _ body: RecordBody) throws -> SignedRecord {
        try append(next(chain, body))
    }

    /// Signs a record as it is and makes it the head of its chain.
    @discardableResult
    public mutating func append(_ record: Record) throws -> SignedRecord {
        clock += 1_000
        let signed = try SignedRecord(signing: record, key: signingKey, ledger: ledger)
        heads[record.chain] = signed.head
        return signed
    }

    /// Changes the Ed25519 and P-256 keys: signs the key-change record with the old key, later ones with the new.
    public mutating func changeKeys(seed: UInt8) throws -> SignedRecord {
        let newKey = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: seed, count: 32))
        let newP256 = try P256.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: seed, count: 32))
        let keys = DevicePublicKeys(
            ed25519: Array(newKey.publicKey.rawRepresentation), p256: Array(newP256.publicKey.x963Representation))
        let cross = try newP256.signature(for: DevicePublicKeys.crossSigned(ed25519: keys.ed25519))
        let place = next(.device, .checkpoint(Checkpoint(heads: [], ledgerHeight: 0, ledgerHash: .zero)))
        let statement = KeyChange.statement(
            device: device, sequence: place.sequence, previous: place.previous, newEpoch: epoch + 1, keys: keys)
        let body = KeyChange(
            newEpoch: epoch + 1, ed25519PublicKey: keys.ed25519, p256PublicKey: keys.p256,
            p256Signature: Array(cross.rawRepresentation),
            newKeySignature: Array(try newKey.signature(for: statement)))
        let signed = try append(.device, .keyChange(body))
        signingKey = newKey
        epoch += 1
        return signed
    }
}
