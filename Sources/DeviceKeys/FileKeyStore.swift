import Crypto
public import SignedRecords
import Synchronization

/// The device's keys in a file of mode 0600, and the signer in this process.
///
/// The default protection, and an honest one: whoever reads the storage as its owner has the keys. Safe to use from several
/// threads.
public final class FileKeyStore: KeyStore {
    public let publicKeys: DevicePublicKeys
    public let epoch: UInt32
    public let protection = "software"
    /// Whether this start made the keys: the device is new and needs its genesis record.
    public let madeKeys: Bool

    private let keys: DeviceKeyPair
    private let chains = Mutex<[ChainNumber: PendingRecords]>([:])

    /// Reads the keys, or makes both at the first start. The directory is made where its parent exists.
    ///
    /// Throws `KeyStoreError` for a wrong mode, owner, type, length or checksum; it never repairs or replaces a key file.
    public init(directory path: String) throws(KeyStoreError) {
        var trimmed = path
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        let directory = try KeyDirectory.open(trimmed)
        let (keys, isNew) = try FileKeyStore.load(directory)
        guard keys.passesSelfTest() else {
            throw .damaged(path: "\(trimmed)/\(KeyFile.name)", what: "the self-test of the keys failed")
        }
        self.keys = keys
        madeKeys = isNew
        epoch = keys.epoch
        publicKeys = DevicePublicKeys(
            ed25519: Array(keys.ed25519.publicKey.rawRepresentation),
            p256: Array(keys.p256.publicKey.x963Representation))
    }

    public func sign(
        _ record: Record, ledger: LedgerChainID, durableHead: UInt64
    ) throws(KeyStoreError) -> SignedRecord {
        guard record.keyEpoch == epoch else { throw .wrongEpoch(expected: epoch, found: record.keyEpoch) }
        if epoch == 1, record.device != publicKeys.deviceID {
            let fault = ChainFault.wrongDevice(expected: publicKeys.deviceID, found: record.device)
            throw .invalidRecord(.chain(record.chain, sequence: record.sequence, problem: fault))
        }
        return try chains.withLock { (chains) throws(KeyStoreError) -> SignedRecord in
            try sign(record, ledger: ledger, durableHead: durableHead, in: &chains)
        }
    }

    private func sign(
        _ record: Record, ledger: LedgerChainID, durableHead: UInt64,
        in chains: inout [ChainNumber: PendingRecords]
    ) throws(KeyStoreError) -> SignedRecord {
        var pending = chains[record.chain] ?? PendingRecords(chain: record.chain, durableHead: durableHead)
        try pending.advance(durableHead: durableHead)
        chains[record.chain] = pending
        if let known = try pending.decide(record, ledger: ledger) { return known }
        let signed: SignedRecord
        do { signed = try SignedRecord(signing: record, key: keys.ed25519, ledger: ledger) } catch {
            throw .invalidRecord(error)
        }
        pending.remember(signed, ledger: ledger)
        chains[record.chain] = pending
        return signed
    }

    public func pending(chain: ChainNumber) -> [SignedRecord] {
        chains.withLock { $0[chain]?.messages ?? [] }
    }

    public func crossSignature() throws(KeyStoreError) -> [UInt8] {
        try signP256(DevicePublicKeys.crossSigned(ed25519: publicKeys.ed25519))
    }

    public func signOCMF(payload: [UInt8]) throws(KeyStoreError) -> [UInt8] {
        // A payload section is a JSON object; the cross signature's text is none, so neither passes for the other.
        guard payload.first == UInt8(ascii: "{"), payload.last == UInt8(ascii: "}") else { throw .notOCMF }
        return try signP256(payload)
    }

    private func signP256(_ text: [UInt8]) throws(KeyStoreError) -> [UInt8] {
        do { return Array(try keys.p256.signature(for: text).rawRepresentation) } catch { throw .signingFailed }
    }

    private static func load(
        _ directory: borrowing KeyDirectory
    ) throws(KeyStoreError) -> (keys: DeviceKeyPair, isNew: Bool) {
        if let keys = try KeyFile.read(in: directory) { return (keys, false) }
        try KeyFile.write(DeviceKeyPair.generate(), in: directory)
        // What is used is what is on the disk.
        guard let keys = try KeyFile.read(in: directory) else {
            throw .damaged(path: "\(directory.path)/\(KeyFile.name)", what: "the new key file is gone")
        }
        return (keys, true)
    }
}
