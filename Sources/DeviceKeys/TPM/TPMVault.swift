import Crypto
public import SignedRecords
import Synchronization

// Files of a vault (docs/keys-tpm-pkcs11.md): `epoch-N.tpm` for each epoch, and `destroyed` once all keys were destroyed. Each
// appears whole, by rename; making a next epoch never touches the file in force.
//
// Invariants: keys of epoch 1 are made only where no sealed file and no mark of destruction is; a sealed file is never
// replaced; no copy of the keys is kept that opens without this TPM.

/// The device's keys sealed by the machine's TPM 2.0.
///
/// No TPM signs Ed25519: what is sealed is the Ed25519 seed and the P-256 scalar, and the signer has both in its memory from
/// the start on. Keys that the TPM refuses to open stay listed, with their public halves; signing with them says why.
public final class TPMVault: KeyVault {
    public let protection = KeyProtection.tpm
    public let madeKeys: Bool

    private let storage: any KeyStorage
    private let tcti: String
    private let options: SealOptions
    private let entries: Mutex<[UInt32: Entry]>

    static let destroyedName = "destroyed"

    /// One epoch: its file, and the keys or why there are none.
    private struct Entry: Sendable {
        let file: SealedKeyFile
        let keys: Result<DeviceKeyPair, KeyStoreError>
    }

    /// Opens the keys, or makes those of epoch 1 at the first start. The directory is made where its parent exists.
    ///
    /// - Parameter tcti: As tpm2-tss names it. `device:/dev/tpmrm0` is right for a device: the kernel frees there what a killed
    ///   process left in the TPM.
    /// - Throws: `KeyStoreError` for a TPM that does not answer, and for a file of a wrong mode, owner, type or content; it never
    ///   repairs or replaces a file. A TPM that refuses to open is no error here.
    public convenience init(
        directory: String, tcti: String, options: SealOptions = SealOptions()
    ) throws(KeyStoreError) {
        try self.init(try KeyDirectory(directory, .own), tcti: tcti, options: options)
    }

    init(_ storage: any KeyStorage, tcti: String, options: SealOptions) throws(KeyStoreError) {
        self.storage = storage
        self.tcti = tcti
        self.options = options
        guard PCRSet(options.pcrs) != nil else { throw .tpm(.invalidPCRs(options.pcrs)) }
        // 16 and 23 can be reset by any program.
        guard (0..<16).contains(options.lockingPCR) else { throw .tpm(.invalidPCRs([options.lockingPCR])) }
        let (entries, isNew) = try TPMVault.open(storage, tcti: tcti, options)
        self.entries = Mutex(entries)
        madeKeys = isNew
    }

    public func epochs() throws(KeyStoreError) -> [UInt32] { entries.withLock { $0.keys.sorted() } }

    public func publicKeys(epoch: UInt32) throws(KeyStoreError) -> DevicePublicKeys {
        try entry(epoch).file.publicKeys
    }

    public func signEd25519(_ message: [UInt8], epoch: UInt32) throws(KeyStoreError) -> [UInt8] {
        let key = try entry(epoch).keys.get().ed25519
        do { return Array(try key.signature(for: message)) } catch { throw .signingFailed }
    }

    public func signP256(_ message: [UInt8], epoch: UInt32) throws(KeyStoreError) -> [UInt8] {
        let key = try entry(epoch).keys.get().p256
        do { return Array(try key.signature(for: message).rawRepresentation) } catch { throw .signingFailed }
    }

    public func make(epoch: UInt32) throws(KeyStoreError) {
        try entries.withLock { (entries) throws(KeyStoreError) in
            if let entry = entries[epoch] {
                _ = try entry.keys.get()
                return
            }
            guard !entries.isEmpty else { throw .keysDestroyed }
            let known = entries
            entries[epoch] = try storage.exclusively { () throws(KeyStoreError) in
                try TPMVault.withSealer(storage, tcti, options) { (sealer) throws(KeyStoreError) in
                    try TPMVault.make(epoch, storage, sealer, options, beside: known)
                }
            }
        }
    }

    public func destroy(epoch: UInt32) throws(KeyStoreError) {
        try entries.withLock { (entries) throws(KeyStoreError) in
            guard entries[epoch] != nil else { return }
            let isLast = entries.count == 1
            try storage.exclusively { () throws(KeyStoreError) in
                // The mark comes first: a directory without keys would otherwise be a new device's.
                if isLast { try storage.store(TPMVault.destroyedName, Array("destroyed\n".utf8)) }
                try storage.destroy(SealedKeyFile.name(epoch: epoch))
            }
            entries[epoch] = nil
        }
    }

    private func entry(_ epoch: UInt32) throws(KeyStoreError) -> Entry {
        try entries.withLock { (entries) throws(KeyStoreError) in
            if let entry = entries[epoch] { return entry }
            throw entries.isEmpty ? .keysDestroyed : .noSuchEpoch(epoch)
        }
    }

    /// Reads what there is, finishes what a stop left unfinished, and makes the first keys of a new device.
    private static func open(
        _ storage: any KeyStorage, tcti: String, _ options: SealOptions
    ) throws(KeyStoreError) -> (entries: [UInt32: Entry], isNew: Bool) {
        try storage.exclusively { () throws(KeyStoreError) in
            let names = try storage.names()
            for name in names where name.hasSuffix(".gone") { try storage.finishDestroying(name) }
            for name in names where name.hasSuffix(".new") { try storage.remove(name) }
            let epochs = names.compactMap { SealedKeyFile.epoch(ofName: $0) }.sorted()
            if names.contains(destroyedName) {
                for epoch in epochs { try storage.destroy(SealedKeyFile.name(epoch: epoch)) }
                return ([:], false)
            }
            return try withSealer(storage, tcti, options) { (sealer) throws(KeyStoreError) in
                var entries: [UInt32: Entry] = [:]
                for epoch in epochs { entries[epoch] = try read(epoch, storage, sealer) }
                if epochs.isEmpty { entries[1] = try make(1, storage, sealer, options, beside: [:]) }
                entries = checkEndorsements(entries, storage)
                if options.sealsUntilReboot {
                    // What was sealed without the lock would open again, and what was made with another PCR locks by that one.
                    for pcr in Set(entries.values.compactMap(\.file.policy.lock)).sorted() { try sealer.lock(pcr) }
                }
                return (entries, epochs.isEmpty)
            }
        }
    }

    private static func withSealer<Answer>(
        _ storage: any KeyStorage, _ tcti: String, _ options: SealOptions,
        _ body: (KeySealer) throws(KeyStoreError) -> Answer
    ) throws(KeyStoreError) -> Answer {
        let connection = try TPMConnection(tcti: tcti)
        return try connection.withPrimary { (primary) throws(KeyStoreError) in
            try body(
                KeySealer(
                    connection: connection, primary: primary,
                    approvals: options.approvals ?? "\(storage.path)/approvals"))
        }
    }

    private static func read(
        _ epoch: UInt32, _ storage: any KeyStorage, _ sealer: KeySealer
    ) throws(KeyStoreError) -> Entry {
        let (name, path) = (SealedKeyFile.name(epoch: epoch), path(epoch, storage))
        guard let bytes = try storage.read(name, maximum: SealedKeyFile.maximumBytes) else {
            throw .damaged(path: path, what: "the sealed key file is gone")
        }
        let file = try SealedKeyFile.decode(bytes, epoch: epoch, path: path)
        do throws(KeyStoreError) {
            return Entry(file: file, keys: .success(try sealer.open(file, path: path)))
        } catch {
            guard case .tpm(let fault) = error, fault.isRefusal else { throw error }
            return Entry(file: file, keys: .failure(error))
        }
    }

    private static func make(
        _ epoch: UInt32, _ storage: any KeyStorage, _ sealer: KeySealer, _ options: SealOptions,
        beside known: [UInt32: Entry]
    ) throws(KeyStoreError) -> Entry {
        let path = path(epoch, storage)
        // Keys that open again after a reboot must endorse those that follow.
        for entry in known.values {
            if case .failure(.tpm(.sealedUntilReboot(let path, let pcr))) = entry.keys {
                throw .tpm(.sealedUntilReboot(path: path, pcr: pcr))
            }
        }
        // The policy of keys that the TPM opened is authentic; a configuration on the disk is not.
        let before = known.filter { (try? $0.value.keys.get()) != nil && $0.key < epoch }.max { $0.key < $1.key }?.value
        let boot: SealingPolicy.Boot
        if let before {
            boot = before.file.policy.boot
        } else if let authority = options.authority {
            boot = .approved(authority: try PolicyAuthority(path: authority).key)
        } else if let pcrs = PCRSet(options.pcrs) {
            boot = .unchanged(pcrs)
        } else {
            throw .tpm(.invalidPCRs(options.pcrs))
        }
        let policy = SealingPolicy(boot: boot, lock: options.sealsUntilReboot ? options.lockingPCR : nil)
        let (file, keys) = try sealer.make(
            epoch: epoch, policy: policy, endorsedBy: try before?.keys.get(), path: path)
        try storage.store(SealedKeyFile.name(epoch: epoch), file.encode())
        return Entry(file: file, keys: .success(keys))
    }

    /// Keys behind ones that opened must be signed by them; others are listed and not used.
    private static func checkEndorsements(
        _ entries: [UInt32: Entry], _ storage: any KeyStorage
    ) -> [UInt32: Entry] {
        var checked = entries
        var before: DeviceKeyPair?
        for epoch in entries.keys.sorted() {
            guard let entry = entries[epoch], let keys = try? entry.keys.get() else { continue }
            if let before {
                guard let signature = entry.file.endorsement,
                    before.ed25519.publicKey.isValidSignature(signature, for: entry.file.endorsedBytes)
                else {
                    let what = "not signed by the keys of epoch \(before.epoch)"
                    checked[epoch] = Entry(
                        file: entry.file, keys: .failure(.damaged(path: path(epoch, storage), what: what)))
                    continue
                }
            }
            before = keys
        }
        return checked
    }

    private static func path(_ epoch: UInt32, _ storage: any KeyStorage) -> String {
        "\(storage.path)/\(SealedKeyFile.name(epoch: epoch))"
    }
}
