import Crypto
import Quantities
import SignedRecords

/// A device with keys from a fixed seed, and the records of one long session.
struct BenchDevice {
    let key: Curve25519.Signing.PrivateKey
    let publicKey: [UInt8]
    let ledger: LedgerChainID
    let genesis: SignedRecord
    let begin: SignedRecord
    private let session: SessionID
    private let base: Int64 = 1_234_567_000

    init() throws {
        key = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 1, count: 32))
        let p256 = try P256.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 1, count: 32))
        publicKey = Array(key.publicKey.rawRepresentation)
        ledger = try LedgerChainID("benchmark")
        let cross = try p256.signature(for: DevicePublicKeys.crossSigned(ed25519: publicKey))
        let birth = Genesis(
            ledger: ledger, ed25519PublicKey: publicKey, p256PublicKey: Array(p256.publicKey.x963Representation),
            p256Signature: Array(cross.rawRepresentation), owner: AccountID(hashing: [1]), product: "Benchmark",
            serial: "B-1", board: "simulated", boardProfileHash: ContentHash(hashing: [1]),
            firmwareDigest: ContentHash(hashing: [2]), connectors: 1, bench: false, energyFactor: 1)
        let device = DeviceID(hashing: publicKey)
        let connector = ChainNumber.connector(1)
        genesis = try SignedRecord(
            signing: Record(
                device: device, chain: .device, sequence: 1, previous: .zero, keyEpoch: 1, time: Self.time(1),
                body: .genesis(birth)), key: key, ledger: ledger)
        let grant = GrantHash(hashing: [3])
        session = SessionID.derive(grant: grant, device: device, chain: connector, beginSequence: 1)
        let opening = Begin(
            session: session, grant: grant, payer: PayerHash(hashing: [4]), tariff: TariffHash(hashing: [5]),
            meter: MeterIdentity(
                vendor: "Eastron", model: "SDM630", serial: "23456789", profileID: "sdm630",
                profileHash: ContentHash(hashing: [6]), trust: .vendorDocument),
            firmwareDigest: ContentHash(hashing: [2]), deviceHead: genesis.hash, deviceHeadSequence: 1,
            reading: Self.reading(base), energyLimit: MilliwattHours(.max), energyFactor: 1)
        begin = try SignedRecord(
            signing: Record(
                device: device, chain: connector, sequence: 1, previous: genesis.hash, keyEpoch: 1,
                time: Self.time(2), body: .begin(opening)), key: key, ledger: ledger)
    }

    /// The tick of the n-th kWh behind a record, unsigned.
    func tick(_ index: UInt32, behind previous: RecordHash) -> Record {
        let energy = Int64(index) * 1_000_000 + 250
        return Record(
            device: genesis.record.device, chain: .connector(1), sequence: UInt64(index) + 1, previous: previous,
            keyEpoch: 1, time: Self.time(UInt64(index) * 164_000),
            body: .tick(
                Tick(
                    session: session, index: index, count: 1, reading: Self.reading(base + energy),
                    energy: MilliwattHours(energy), readErrors: 0, status: [.meterHealthy, .contactorClosed])))
    }

    /// The session's first so many ticks, signed.
    func ticks(_ count: Int) throws -> [SignedRecord] {
        var previous = begin.hash
        var ticks: [SignedRecord] = []
        for index in 1...UInt32(count) {
            let signed = try SignedRecord(signing: tick(index, behind: previous), key: key, ledger: ledger)
            previous = signed.hash
            ticks.append(signed)
        }
        return ticks
    }

    private static func time(_ monotonic: UInt64) -> RecordTime {
        RecordTime(
            utc: UTCMilliseconds(1_800_000_000_000 + Int64(monotonic)), quality: .synchronised, monotonic: monotonic,
            boot: BootID(exactly: [UInt8](repeating: 2, count: 16)), bootCount: 7)
    }

    private static func reading(_ register: Int64) -> RegisterReading {
        let bits = UInt32(truncatingIfNeeded: register)
        let words = [UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]
        return RegisterReading(
            import: MilliwattHours(register),
            evidence: RegisterEvidence(functionCode: 4, address: 0x48, words: words),
            confirmation: RegisterEvidence(functionCode: 4, address: 0x46, words: [0, 0] + words),
            elapsedMicroseconds: 12_345)
    }
}
