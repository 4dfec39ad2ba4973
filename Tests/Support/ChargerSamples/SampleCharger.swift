public import Crypto
import Quantities
import RecordSamples
public import SignedRecords

/// A charger for tests whose owner has a key, so that it can be registered; its records are signed and linked.
public struct SampleCharger {
    public let key: Curve25519.Signing.PrivateKey
    public let ownerKey: Curve25519.Signing.PrivateKey
    public internal(set) var ledger: LedgerChainID
    public let genesis: SignedRecord
    public private(set) var heads: [ChainNumber: ChainHead]
    /// The register at the end of each connector's last session.
    private var registers: [ChainNumber: Int64] = [:]
    /// The wall time of the next record, in milliseconds; each record takes one second.
    public var clock: Int64
    public var quality = TimeQuality.synchronised
    /// The key that signs and its epoch; they move with `changeKeys`.
    public private(set) var signingKey: Curve25519.Signing.PrivateKey
    public private(set) var epoch: UInt32 = 1

    public var device: DeviceID { genesis.record.device }
    public var owner: AccountID { Self.account(of: ownerKey) }

    public static func account(of key: Curve25519.Signing.PrivateKey) -> AccountID {
        AccountID(hashing: Array(key.publicKey.rawRepresentation))
    }

    /// A key that follows from a word.
    public static func key(_ word: String) throws -> Curve25519.Signing.PrivateKey {
        try Curve25519.Signing.PrivateKey(rawRepresentation: ContentHash(hashing: Array(word.utf8)).bytes)
    }

    /// Changes to the genesis record, for tests that break it.
    public typealias Change = (inout Record, inout Genesis) throws -> Void

    public init(
        _ name: String = "charger", ledger: String = "wattseal-test", connectors: UInt8 = 2, bench: Bool = false,
        clock: Int64 = 1_795_000_000_000, signedBy other: Curve25519.Signing.PrivateKey? = nil,
        changing change: Change? = nil
    ) throws {
        key = try Self.key(name)
        ownerKey = try Self.key("\(name) owner")
        signingKey = key
        self.ledger = try LedgerChainID(ledger)
        self.clock = clock
        let p256 = try P256.Signing.PrivateKey(
            rawRepresentation: ContentHash(hashing: Array("\(name) p256".utf8)).bytes)
        let ed25519 = Array(key.publicKey.rawRepresentation)
        var body = Genesis(
            ledger: self.ledger, ed25519PublicKey: ed25519, p256PublicKey: Array(p256.publicKey.x963Representation),
            p256Signature: Array(
                try p256.signature(for: DevicePublicKeys.crossSigned(ed25519: ed25519)).rawRepresentation),
            owner: Self.account(of: ownerKey), product: "Wattseal test charger", serial: name, board: "simulated",
            boardProfileHash: ContentHash(hashing: [1]), firmwareDigest: ContentHash(hashing: [2]),
            connectors: connectors, bench: bench, energyFactor: 1)
        var record = Record(
            device: DeviceID(hashing: ed25519), chain: .device, sequence: 1, previous: .zero, keyEpoch: 1,
            time: Self.time(clock, .synchronised), body: .genesis(body))
        try change?(&record, &body)
        if case .genesis = record.body { record.body = .genesis(body) }
        genesis = try SignedRecord(signing: record, key: other ?? key, ledger: self.ledger)
        heads = [.device: genesis.head]
    }

    static func time(_ clock: Int64, _ quality: TimeQuality) -> RecordTime {
        RecordTime(
            utc: quality == .unknown ? nil : UTCMilliseconds(clock), quality: quality,
            monotonic: UInt64(clamping: clock - 1_700_000_000_000), boot: SampleDevice.boot, bootCount: 1)
    }

    /// The next record of a chain, unsigned; the chain does not move.
    public func next(_ chain: ChainNumber, _ body: RecordBody) -> Record {
        let head = heads[chain] ?? ChainHead(sequence: 0, hash: genesis.hash)
        return Record(
            device: device, chain: chain, sequence: head.sequence + 1, previous: head.hash, keyEpoch: epoch,
            time: Self.time(clock, quality), body: body)
    }

    /// Puts a chain back, as a restored image does; its next record stands behind that head.
    public mutating func rewind(_ chain: ChainNumber, to head: ChainHead) { heads[chain] = head }

    /// Signs a record as it is, with the current key or another; the chain does not move.
    public func sign(_ record: Record, key: Curve25519.Signing.PrivateKey? = nil) throws -> SignedRecord {
        try SignedRecord(signing: record, key: key ?? signingKey, ledger: ledger)
    }

    /// Signs the next record of a chain and moves the chain.
    @discardableResult
    public mutating func append(_ chain: ChainNumber, _ body: RecordBody) throws -> SignedRecord {
        let signed = try sign(next(chain, body))
        clock += 1_000
        heads[chain] = signed.head
        if case .end(let end) = body { registers[chain] = end.reading.import.rawValue }
        return signed
    }

    /// Where a connector's register stands between sessions, in milliwatt-hours.
    public func register(_ chain: ChainNumber) -> Int64 { registers[chain] ?? 5_000_000 }

    /// The key-change record; later records are signed with the new key.
    public mutating func changeKeys(
        _ name: String, agreedBy other: Curve25519.Signing.PrivateKey? = nil
    ) throws -> SignedRecord {
        let new = try Self.key(name)
        let p256 = try P256.Signing.PrivateKey(
            rawRepresentation: ContentHash(hashing: Array("\(name) p256".utf8)).bytes)
        let keys = DevicePublicKeys(
            ed25519: Array(new.publicKey.rawRepresentation), p256: Array(p256.publicKey.x963Representation))
        let place = next(.device, .checkpoint(Checkpoint(heads: [], ledgerHeight: 0, ledgerHash: .zero)))
        let statement = KeyChange.statement(
            device: device, sequence: place.sequence, previous: place.previous, newEpoch: epoch + 1, keys: keys)
        let cross = try p256.signature(for: DevicePublicKeys.crossSigned(ed25519: keys.ed25519))
        let signed = try append(
            .device,
            .keyChange(
                KeyChange(
                    newEpoch: epoch + 1, ed25519PublicKey: keys.ed25519, p256PublicKey: keys.p256,
                    p256Signature: Array(cross.rawRepresentation),
                    newKeySignature: Array(try (other ?? new).signature(for: statement)))))
        signingKey = new
        epoch += 1
        return signed
    }
}
