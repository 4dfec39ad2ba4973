import Crypto
public import SignedRecords
import Synchronization

// Files of a vault (docs/format.md, "Device key file"): `epoch-N.key` for each epoch, the wrapping secret, which may lie
// elsewhere, and `destroyed` once all keys were destroyed. Each appears whole, by rename; making a next epoch never touches
// the file in force.
//
// Invariants: keys of epoch 1 are made only where no key file and no mark of destruction is; a key file is never replaced.

/// The device's keys in files wrapped to the device.
///
/// The default protection, called `software` and no more than that: who can read all of the storage and knows the machine has
/// the keys (docs/keys.md).
public final class FileVault: KeyVault {
    public let protection = KeyProtection.software
    public let madeKeys: Bool

    private let storage: any KeyStorage
    private let secretStorage: any KeyStorage
    private let secretName: String
    private let machine: [WrapSource]
    private let keys = Mutex<[UInt32: DeviceKeyPair]>([:])

    static let destroyedName = "destroyed"
    /// The name of the wrapping secret in the vault's own directory.
    public static let secretFile = "wrap.secret"

    /// Opens the keys, or makes those of epoch 1 at the first start. The directory is made where its parent exists.
    ///
    /// - Parameter wrapSecret: Path of the wrapping secret, which may lie on another partition; nil for the directory itself.
    /// - Throws: `KeyStoreError` for a wrong mode, owner or type, a file that does not open, a secret or source that is gone;
    ///   it never repairs or replaces a key file.
    public convenience init(directory: String, wrapSecret: String? = nil) throws(KeyStoreError) {
        let storage = try KeyDirectory(directory, .own)
        var secret: (storage: KeyDirectory, name: String) = (storage, FileVault.secretFile)
        if let wrapSecret {
            let (folder, name) = KeyDirectory.split(wrapSecret)
            secret = (try KeyDirectory(folder, .shared), name)
        }
        try self.init(storage, secret: secret.storage, secret.name, machine: WrapSource.ofMachine())
    }

    init(
        _ storage: any KeyStorage, secret secretStorage: any KeyStorage, _ secretName: String, machine: [WrapSource]
    ) throws(KeyStoreError) {
        self.storage = storage
        self.secretStorage = secretStorage
        self.secretName = secretName
        self.machine = machine
        madeKeys = try FileVault.open(storage, secretStorage, secretName, machine, into: keys)
    }

    public func epochs() throws(KeyStoreError) -> [UInt32] { keys.withLock { $0.keys.sorted() } }

    public func publicKeys(epoch: UInt32) throws(KeyStoreError) -> DevicePublicKeys { try pair(epoch).publicKeys }

    public func signEd25519(_ message: [UInt8], epoch: UInt32) throws(KeyStoreError) -> [UInt8] {
        let key = try pair(epoch).ed25519
        do { return Array(try key.signature(for: message)) } catch { throw .signingFailed }
    }

    public func signP256(_ message: [UInt8], epoch: UInt32) throws(KeyStoreError) -> [UInt8] {
        let key = try pair(epoch).p256
        do { return Array(try key.signature(for: message).rawRepresentation) } catch { throw .signingFailed }
    }

    public func make(epoch: UInt32) throws(KeyStoreError) {
        try keys.withLock { (keys) throws(KeyStoreError) in
            guard keys[epoch] == nil else { return }
            guard !keys.isEmpty else { throw .keysDestroyed }
            try storage.exclusively { () throws(KeyStoreError) in
                let secret = WrapSecret(storage: secretStorage, name: secretName)
                guard var value = try secret.read() else { throw .wrapSecretMissing(path: secret.path) }
                defer { SecretBytes.erase(&value) }
                keys[epoch] = try FileVault.make(epoch, storage, FileVault.sources(value, machine))
            }
        }
    }

    public func destroy(epoch: UInt32) throws(KeyStoreError) {
        try keys.withLock { (keys) throws(KeyStoreError) in
            guard keys[epoch] != nil else { return }
            try storage.exclusively { () throws(KeyStoreError) in
                let isLast = keys.count == 1
                // The mark comes first: a directory without keys would otherwise be a new device's.
                if isLast { try storage.store(FileVault.destroyedName, Array("destroyed\n".utf8)) }
                try storage.destroy(KeyFile.name(epoch: epoch))
                if isLast { try secretStorage.destroy(secretName) }
            }
            keys[epoch] = nil
        }
    }

    private func pair(_ epoch: UInt32) throws(KeyStoreError) -> DeviceKeyPair {
        try keys.withLock { (keys) throws(KeyStoreError) in
            if let pair = keys[epoch] { return pair }
            throw keys.isEmpty ? .keysDestroyed : .noSuchEpoch(epoch)
        }
    }

    /// Reads what there is, finishes what a stop left unfinished, and makes the first keys of a new device.
    private static func open(
        _ storage: any KeyStorage, _ secretStorage: any KeyStorage, _ secretName: String, _ machine: [WrapSource],
        into keys: borrowing Mutex<[UInt32: DeviceKeyPair]>
    ) throws(KeyStoreError) -> Bool {
        try storage.exclusively { () throws(KeyStoreError) in
            let secret = WrapSecret(storage: secretStorage, name: secretName)
            var names = try storage.names()
            for name in names where name.hasSuffix(".gone") { try storage.finishDestroying(name) }
            for name in names where name.hasSuffix(".key.new") { try storage.remove(name) }
            if names.contains(destroyedName) {
                for name in names where KeyFile.epoch(ofName: name) != nil { try storage.destroy(name) }
                try secret.destroy()
                return false
            }
            names = try storage.names()
            let epochs = names.compactMap { KeyFile.epoch(ofName: $0) }.sorted()
            var held = try secret.read()
            if held == nil {
                guard epochs.isEmpty else { throw .wrapSecretMissing(path: secret.path) }
                held = try secret.make()
            }
            guard var value = held else { throw .wrapSecretMissing(path: secret.path) }
            defer { SecretBytes.erase(&value) }
            let sources = sources(value, machine)
            var opened: [UInt32: DeviceKeyPair] = [:]
            for epoch in epochs { opened[epoch] = try read(epoch, storage, sources) }
            if epochs.isEmpty { opened[1] = try make(1, storage, sources) }
            keys.withLock { $0 = opened }
            return epochs.isEmpty
        }
    }

    private static func sources(_ secret: [UInt8], _ machine: [WrapSource]) -> [WrapSource] {
        [WrapSource(name: WrapSource.secretName, values: [secret])] + machine
    }

    private static func make(
        _ epoch: UInt32, _ storage: any KeyStorage, _ sources: [WrapSource]
    ) throws(KeyStoreError) -> DeviceKeyPair {
        var (secrets, pair) = DeviceKeyPair.generate(epoch: epoch)
        defer { SecretBytes.erase(&secrets) }
        try storage.store(KeyFile.name(epoch: epoch), try KeyFile.seal(pair, secrets: secrets, sources: sources))
        // What is used is what is on the disk.
        let stored = try read(epoch, storage, sources)
        guard stored.publicKeys == pair.publicKeys else {
            throw .damaged(path: "\(storage.path)/\(KeyFile.name(epoch: epoch))", what: "not the keys just made")
        }
        return stored
    }

    private static func read(
        _ epoch: UInt32, _ storage: any KeyStorage, _ sources: [WrapSource]
    ) throws(KeyStoreError) -> DeviceKeyPair {
        let (name, path) = (KeyFile.name(epoch: epoch), "\(storage.path)/\(KeyFile.name(epoch: epoch))")
        guard let bytes = try storage.read(name, maximum: KeyFile.maximumBytes) else {
            throw .damaged(path: path, what: "the key file is gone")
        }
        return try KeyFile.open(bytes, epoch: epoch, sources: sources, path: path)
    }
}
