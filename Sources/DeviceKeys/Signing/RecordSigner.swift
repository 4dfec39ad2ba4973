public import SignedRecords
import Synchronization

// Invariants: one number of a chain never gets two contents while this signer lives; nothing but whole records, OCMF
// payloads, cross signatures, key-change statements, two kinds of proofs of possession and diagnostics statements is ever signed, each with a prefix or a form
// that no other has; the epoch in force never falls.

/// The rules of what may be signed, over any vault; it runs where the private keys are.
///
/// Safe to use from several threads.
public final class RecordSigner: KeyStore {
    let vault: any KeyVault
    let state: Mutex<State>

    struct State: Sendable {
        var epoch: UInt32
        var publicKeys: DevicePublicKeys
        var chains: [ChainNumber: PendingRecords] = [:]
        /// The device whose records are signed: known from epoch 1's key, or from the first record behind it.
        var device: DeviceID?
        /// The key change that was prepared last, with its place: ECDSA would sign it differently a second time.
        var prepared: (place: KeyChangePlace, change: KeyChange)?
        var isDestroyed = false
    }

    struct KeyChangePlace: Hashable, Sendable {
        let device: DeviceID
        let sequence: UInt64
        let previous: RecordHash
    }

    /// Puts the lowest epoch of the vault in force.
    ///
    /// - Throws: `KeyStoreError.keysDestroyed` where the vault has none.
    public init(vault: any KeyVault) throws(KeyStoreError) {
        self.vault = vault
        guard let epoch = try vault.epochs().min() else { throw .keysDestroyed }
        let keys = try vault.publicKeys(epoch: epoch)
        state = Mutex(State(epoch: epoch, publicKeys: keys, device: epoch == 1 ? keys.deviceID : nil))
    }

    public var publicKeys: DevicePublicKeys { state.withLock { $0.publicKeys } }
    public var epoch: UInt32 { state.withLock { $0.epoch } }
    public var protection: String { vault.protection.rawValue }

    public var madeKeys: Bool {
        vault.madeKeys && state.withLock { ($0.chains[.device]?.durableHead ?? 0) == 0 }
    }

    public func sign(
        _ record: Record, ledger: LedgerChainID, durableHead: UInt64
    ) throws(KeyStoreError) -> SignedRecord {
        try state.withLock { (state) throws(KeyStoreError) in
            guard !state.isDestroyed else { throw .keysDestroyed }
            var pending =
                state.chains[record.chain] ?? PendingRecords(chain: record.chain, durableHead: durableHead)
            try pending.advance(durableHead: durableHead)
            // A message that is pending is given again whatever epoch it was signed under.
            if !pending.holds(record.sequence) { try check(record, state) }
            state.chains[record.chain] = pending
            if let known = try pending.decide(record, ledger: ledger) { return known }
            let signed = try sign(record, ledger: ledger, state)
            pending.remember(signed, ledger: ledger)
            state.chains[record.chain] = pending
            state.device = record.device
            return signed
        }
    }

    private func sign(
        _ record: Record, ledger: LedgerChainID, _ state: borrowing State
    ) throws(KeyStoreError) -> SignedRecord {
        let signable: SignableRecord
        do { signable = try SignableRecord(record) } catch { throw .invalidRecord(error) }
        let signed = signable.signed(
            try vault.signEd25519(signable.signedBytes(ledger: ledger), epoch: state.epoch))
        // A chip that errs must not put a signature into the journal that nobody accepts.
        do { try signed.verify(ed25519: state.publicKeys.ed25519, ledger: ledger) } catch { throw .signingFailed }
        return signed
    }

    public func pending(chain: ChainNumber) throws(KeyStoreError) -> [SignedRecord] {
        state.withLock { $0.chains[chain]?.messages ?? [] }
    }

    public func crossSignature() throws(KeyStoreError) -> [UInt8] {
        let (epoch, keys) = try inForce()
        return try vault.signP256(DevicePublicKeys.crossSigned(ed25519: keys.ed25519), epoch: epoch)
    }

    public func signOCMF(payload: [UInt8]) throws(KeyStoreError) -> [UInt8] {
        // A payload section is a JSON object; the cross signature's text is none, so neither passes for the other.
        guard payload.first == UInt8(ascii: "{"), payload.last == UInt8(ascii: "}") else { throw .notOCMF }
        return try vault.signP256(payload, epoch: try inForce().epoch)
    }

    /// The keys in force, where they were not destroyed.
    func inForce() throws(KeyStoreError) -> (epoch: UInt32, keys: DevicePublicKeys) {
        try state.withLock { (state) throws(KeyStoreError) in
            guard !state.isDestroyed else { throw .keysDestroyed }
            return (state.epoch, state.publicKeys)
        }
    }

    /// Whether a record is this device's, of the epoch in force, and names no keys but this device's.
    private func check(_ record: Record, _ state: borrowing State) throws(KeyStoreError) {
        guard record.keyEpoch == state.epoch else {
            throw .wrongEpoch(expected: state.epoch, found: record.keyEpoch)
        }
        if let device = state.device, record.device != device {
            let fault = ChainFault.wrongDevice(expected: device, found: record.device)
            throw .invalidRecord(.chain(record.chain, sequence: record.sequence, problem: fault))
        }
        let isOwn: Bool
        switch record.body {
        case .genesis(let genesis):
            isOwn = state.epoch == 1 && genesis.publicKeys == state.publicKeys
        case .keyChange(let change):
            let next = state.epoch.addingReportingOverflow(1)
            isOwn =
                !next.overflow && change.newEpoch == next.partialValue
                && (try? vault.publicKeys(epoch: next.partialValue)) == change.publicKeys
        default: isOwn = true
        }
        guard isOwn else { throw .foreignKeys(chain: record.chain, sequence: record.sequence) }
    }
}
