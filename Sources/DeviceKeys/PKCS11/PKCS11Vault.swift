import CPKCS11
import Crypto
import Glibc
public import SignedRecords
import Synchronization

// Invariants: an epoch exists from the moment on that its Ed25519 private key does: it is made last and destroyed first, so
// what a stop leaves half made or half destroyed is told from what is in force and is cleared away. The last epoch's public
// key stays under the label of destroyed keys: a token with it is no new device's.

/// The device's keys in a PKCS#11 token, made there and never outside of it.
///
/// The token signs; this process has the PIN for the time of a login, and no key. A session that is lost is opened anew once
/// a call; a PIN that was refused is not tried again, so that no loop of restarts within one process locks the token.
public final class PKCS11Vault: KeyVault {
    public let protection = KeyProtection.pkcs11
    public let madeKeys: Bool

    private let state: Mutex<State>
    /// For tests: called behind each step that changes the token.
    private let afterStep: @Sendable () throws(KeyStoreError) -> Void

    /// The label of the public key that is left of destroyed keys.
    static let destroyedLabel = "wattseal-destroyed"

    private struct State {
        let module: TokenModule
        let label: String
        let pin: PINFile
        var session: TokenSession?
        var keys: [UInt32: TokenSession.Keys] = [:]
        /// Why the login was refused.
        var refusal: KeyStoreError?
    }

    /// Finds the keys, or makes those of epoch 1 at the first start.
    ///
    /// - Parameters:
    ///   - module: Path of the PKCS#11 module.
    ///   - tokenLabel: The token's label, at most 32 bytes.
    ///   - pinFile: A file of mode 0600 with the user's PIN in one line.
    /// - Throws: `KeyStoreError.token` for a module, token, mechanism or PIN that is not as it must be.
    public convenience init(module: String, tokenLabel: String, pinFile: String) throws(KeyStoreError) {
        try self.init(module: module, tokenLabel: tokenLabel, pinFile: pinFile) { () throws(KeyStoreError) in }
    }

    init(
        module: String, tokenLabel: String, pinFile: String,
        afterStep: @escaping @Sendable () throws(KeyStoreError) -> Void
    ) throws(KeyStoreError) {
        self.afterStep = afterStep
        var state = State(module: try TokenModule(path: module), label: tokenLabel, pin: PINFile(path: pinFile))
        let session = try PKCS11Vault.connect(&state)
        var isNew = false
        if try !session.find(.ed25519, CPKCS11_PUBLIC, label: PKCS11Vault.destroyedLabel).isEmpty {
            for kind in TokenKind.allCases {
                for half in [CPKCS11_PRIVATE, CPKCS11_PUBLIC] { try session.destroy(try session.find(kind, half)) }
            }
            sync()
            state.keys = [:]
        } else {
            try PKCS11Vault.clearUnfinished(session, known: Set(state.keys.keys))
            if state.keys.isEmpty {
                state.keys[1] = try PKCS11Vault.make(1, session, afterStep)
                isNew = true
            }
        }
        madeKeys = isNew
        self.state = Mutex(state)
    }

    public func epochs() throws(KeyStoreError) -> [UInt32] { state.withLock { $0.keys.keys.sorted() } }

    public func publicKeys(epoch: UInt32) throws(KeyStoreError) -> DevicePublicKeys {
        try state.withLock { (state) throws(KeyStoreError) in try PKCS11Vault.keys(epoch, state).publicKeys }
    }

    public func signEd25519(_ message: [UInt8], epoch: UInt32) throws(KeyStoreError) -> [UInt8] {
        try perform { (session, state) throws(KeyStoreError) in
            try session.sign(.ed25519, key: try PKCS11Vault.keys(epoch, state).ed25519, message)
        }
    }

    public func signP256(_ message: [UInt8], epoch: UInt32) throws(KeyStoreError) -> [UInt8] {
        try perform { (session, state) throws(KeyStoreError) in
            let digest = Array(SHA256.hash(data: message))
            return try session.sign(.p256, key: try PKCS11Vault.keys(epoch, state).p256, digest)
        }
    }

    public func make(epoch: UInt32) throws(KeyStoreError) {
        try perform { (session, state) throws(KeyStoreError) in
            guard state.keys[epoch] == nil else { return }
            guard !state.keys.isEmpty else { throw .keysDestroyed }
            state.keys[epoch] = try PKCS11Vault.make(epoch, session, afterStep)
        }
    }

    public func destroy(epoch: UInt32) throws(KeyStoreError) {
        try perform { (session, state) throws(KeyStoreError) in
            guard state.keys[epoch] != nil else { return }
            if state.keys.count == 1 {
                for object in try session.find(.ed25519, CPKCS11_PUBLIC, epoch: epoch) {
                    try session.relabel(object, PKCS11Vault.destroyedLabel)
                    try afterStep()
                }
            }
            try PKCS11Vault.destroy(epoch, session, afterStep)
            state.keys[epoch] = nil
        }
    }

    /// What a token does that loses its power; for tests.
    func closeAllSessions() {
        state.withLock { state in
            guard let session = state.session else { return }
            _ = cpkcs11_close_all_sessions(state.module.handle, session.slot)
        }
    }

    /// Runs `body` in a session, and once again in a new one where the first is lost.
    private func perform<Answer: Sendable>(
        _ body: (TokenSession, inout State) throws(KeyStoreError) -> Answer
    ) throws(KeyStoreError) -> Answer {
        try state.withLock { (state) throws(KeyStoreError) in
            if let refusal = state.refusal { throw refusal }
            if let session = state.session {
                do throws(KeyStoreError) { return try body(session, &state) } catch {
                    guard TokenSession.isLoss(error) else { throw error }
                }
            }
            return try body(try PKCS11Vault.connect(&state), &state)
        }
    }

    /// Logs in anew and finds the keys again: their handles are the session's.
    private static func connect(_ state: inout State) throws(KeyStoreError) -> TokenSession {
        state.session = nil
        let session: TokenSession
        do throws(KeyStoreError) {
            session = try TokenSession(state.module, label: state.label, pin: state.pin)
        } catch {
            if case .token(.wrongPIN) = error { state.refusal = error }
            throw error
        }
        var keys: [UInt32: TokenSession.Keys] = [:]
        for object in try session.find(.ed25519, CPKCS11_PRIVATE) {
            guard let epoch = try session.epoch(of: object) else { continue }
            keys[epoch] = try session.keys(epoch: epoch)
        }
        // Another token with the same label is not this device's.
        for (epoch, known) in state.keys where keys[epoch]?.publicKeys != known.publicKeys {
            throw .token(.unfitKey(label: state.label, epoch: epoch, what: "not the keys that were here before"))
        }
        state.keys = keys
        state.session = session
        return session
    }

    private static func keys(_ epoch: UInt32, _ state: borrowing State) throws(KeyStoreError) -> TokenSession.Keys {
        if let keys = state.keys[epoch] { return keys }
        throw state.keys.isEmpty ? .keysDestroyed : .noSuchEpoch(epoch)
    }

    private static func make(
        _ epoch: UInt32, _ session: TokenSession, _ afterStep: () throws(KeyStoreError) -> Void
    ) throws(KeyStoreError) -> TokenSession.Keys {
        try destroy(epoch, session) { () throws(KeyStoreError) in }
        try session.make(.p256, epoch: epoch)
        try afterStep()
        try session.make(.ed25519, epoch: epoch)
        try afterStep()
        // A token in files, as SoftHSM's, leaves it to the kernel when they reach the disk.
        sync()
        return try session.keys(epoch: epoch)
    }

    private static func destroy(
        _ epoch: UInt32, _ session: TokenSession, _ afterStep: () throws(KeyStoreError) -> Void
    ) throws(KeyStoreError) {
        for kind in [TokenKind.ed25519, .p256] {
            for half in [CPKCS11_PRIVATE, CPKCS11_PUBLIC] {
                let objects = try session.find(kind, half, epoch: epoch)
                try session.destroy(objects)
                if !objects.isEmpty { try afterStep() }
            }
        }
        sync()
    }

    /// Clears away what a stop left of keys half made or half destroyed.
    private static func clearUnfinished(_ session: TokenSession, known: Set<UInt32>) throws(KeyStoreError) {
        for kind in TokenKind.allCases {
            for half in [CPKCS11_PRIVATE, CPKCS11_PUBLIC] {
                for object in try session.find(kind, half) {
                    guard let epoch = try session.epoch(of: object), !known.contains(epoch) else { continue }
                    try session.destroy([object])
                }
            }
        }
    }
}
