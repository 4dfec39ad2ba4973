public import SignedRecords
import Synchronization

// Invariants: the signer behind this client is the same device's from the first answer to the last; what it signs is checked
// before anyone gets it. A request may be repeated: a signer that survived answers the same again, and one that was started
// again makes the same signature for the same record.

/// The daemon's side of the signer's socket: a key store whose keys are in another process.
///
/// Each call blocks, at most about `patience` and one attempt. A signer that is gone, restarts or hangs is connected to (or
/// started) again and asked again within that time; then the call throws `.signerUnreachable`. Safe to use from several
/// threads.
public final class SignerClient: KeyStore {
    /// How long a signer may stay away before a request fails.
    public static let patience: Duration = .seconds(10)
    /// How long one attempt waits for an answer; making keys in a chip takes longer.
    static let attempt: Duration = .seconds(4)
    static let slowAttempt: Duration = .seconds(9)

    let endpoint: SignerEndpoint
    let patience: Int64
    let log: @Sendable (String) -> Void
    let state: Mutex<State>

    struct State: Sendable {
        var connection: SignerConnection?
        var keys: SignerKeys?
        /// The epoch that was activated through this client: a signer that was started again is told again.
        var activated: UInt32?
    }

    /// Connects, and learns the public keys.
    ///
    /// - Parameter log: Takes a line when the signer is gone and when it is back.
    public init(
        _ endpoint: SignerEndpoint, patience: Duration = SignerClient.patience,
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(KeyStoreError) {
        self.endpoint = endpoint
        self.patience = patience.wholeNanoseconds
        self.log = log
        state = Mutex(State())
        _ = try ask(.hello)
    }

    deinit { state.withLock { $0.connection?.end() } }

    public var publicKeys: DevicePublicKeys { known.publicKeys }
    public var epoch: UInt32 { known.epoch }
    public var protection: String { known.protection }
    public var madeKeys: Bool { known.madeKeys }

    /// Always there behind `init`.
    private var known: SignerKeys {
        state.withLock { $0.keys }
            ?? SignerKeys(
                publicKeys: DevicePublicKeys(ed25519: [], p256: []), epoch: 0, protection: "", madeKeys: false)
    }

    public func sign(
        _ record: Record, ledger: LedgerChainID, durableHead: UInt64
    ) throws(KeyStoreError) -> SignedRecord {
        // What no decoder takes is refused here, in the words that the record's own rules have for it.
        do { _ = try SignableRecord(record) } catch { throw .invalidRecord(error) }
        let reply = try ask(.sign(record, ledger: ledger, durableHead: durableHead))
        guard case .messages(let messages) = reply, messages.count == 1 else { throw SignerClient.unexpected(reply) }
        do {
            let signed = try SignedRecord(decoding: messages[0])
            guard signed.record == record else { throw KeyStoreError.signerAnswer("another record than asked for") }
            // A message that was pending may be of the epoch before.
            if record.keyEpoch == epoch { try signed.verify(ed25519: publicKeys.ed25519, ledger: ledger) }
            return signed
        } catch let error as KeyStoreError {
            throw error
        } catch {
            throw .signerAnswer("\(error)")
        }
    }

    public func pending(chain: ChainNumber) throws(KeyStoreError) -> [SignedRecord] {
        let reply = try ask(.pending(chain: chain))
        guard case .messages(let messages) = reply else { throw SignerClient.unexpected(reply) }
        do { return try messages.map { try SignedRecord(decoding: $0) } } catch { throw .signerAnswer("\(error)") }
    }

    public func crossSignature() throws(KeyStoreError) -> [UInt8] { try signature(.crossSignature) }

    public func signOCMF(payload: [UInt8]) throws(KeyStoreError) -> [UInt8] {
        guard payload.count <= SignerWire.maximumPayloadBytes, payload.count >= 2 else { throw .notOCMF }
        return try signature(.signOCMF(payload: payload))
    }

    public func prepareKeyChange(
        device: DeviceID, sequence: UInt64, previous: RecordHash
    ) throws(KeyStoreError) -> KeyChange {
        let reply = try ask(.prepareKeyChange(device: device, sequence: sequence, previous: previous))
        guard case .keyChange(let change) = reply else { throw SignerClient.unexpected(reply) }
        return change
    }

    public func activate(epoch: UInt32) throws(KeyStoreError) {
        _ = try ask(.activate(epoch: epoch))
    }

    public func discardRetiredKeys() throws(KeyStoreError) { try done(.discardRetiredKeys) }

    public func provePossession(
        product: String, serial: String, nonce: [UInt8]
    ) throws(KeyStoreError) -> [UInt8] {
        guard EnrolmentStatement.nonceBytes.contains(nonce.count) else {
            throw .invalidEnrolment("a nonce of \(nonce.count) bytes; 16 to 64 are taken")
        }
        return try signature(.provePossession(product: product, serial: serial, nonce: nonce))
    }

    public func signPossession(device: DeviceID, nonce: [UInt8]) throws(KeyStoreError) -> [UInt8] {
        guard PossessionStatement.nonceBytes.contains(nonce.count) else {
            throw .invalidEnrolment("a nonce of \(nonce.count) bytes; 16 to 64 are taken")
        }
        return try signature(.signPossession(device: device, nonce: nonce))
    }

    public func signDiagnostics(
        device: DeviceID, time: UTCMilliseconds, manifest: ContentHash
    ) throws(KeyStoreError) -> [UInt8] {
        try signature(.signDiagnostics(device: device, time: time, manifest: manifest))
    }

    public func destroyKeys() throws(KeyStoreError) { try done(.destroyKeys) }

    private func signature(_ request: SignerRequest) throws(KeyStoreError) -> [UInt8] {
        let reply = try ask(request)
        guard case .signature(let bytes) = reply else { throw SignerClient.unexpected(reply) }
        return bytes
    }

    private func done(_ request: SignerRequest) throws(KeyStoreError) {
        let reply = try ask(request)
        guard case .done = reply else { throw SignerClient.unexpected(reply) }
    }

    private static func unexpected(_ reply: SignerReply) -> KeyStoreError {
        .signerAnswer("another kind of reply than asked for")
    }
}
