import DeviceKeys
import SignedRecords
import Synchronization

/// A signer whose process ends and starts again: what it had signed and was not durable, it knows no more.
final class RestartedSigner: KeyStore {
    private let directory: String
    private let signer: Mutex<RecordSigner>

    init(directory: String) throws {
        self.directory = directory
        signer = Mutex(try RecordSigner(vault: try FileVault(directory: directory)))
    }

    private var current: RecordSigner { signer.withLock { $0 } }

    func restart() throws {
        let fresh = try RecordSigner(vault: try FileVault(directory: directory))
        signer.withLock { $0 = fresh }
    }

    var publicKeys: DevicePublicKeys { current.publicKeys }
    var epoch: UInt32 { current.epoch }
    var protection: String { current.protection }
    var madeKeys: Bool { current.madeKeys }

    func sign(
        _ record: Record, ledger: LedgerChainID, durableHead: UInt64
    ) throws(KeyStoreError) -> SignedRecord {
        try current.sign(record, ledger: ledger, durableHead: durableHead)
    }

    func pending(chain: ChainNumber) throws(KeyStoreError) -> [SignedRecord] { try current.pending(chain: chain) }
    func crossSignature() throws(KeyStoreError) -> [UInt8] { try current.crossSignature() }
    func signOCMF(payload: [UInt8]) throws(KeyStoreError) -> [UInt8] { try current.signOCMF(payload: payload) }

    func prepareKeyChange(
        device: DeviceID, sequence: UInt64, previous: RecordHash
    ) throws(KeyStoreError) -> KeyChange {
        try current.prepareKeyChange(device: device, sequence: sequence, previous: previous)
    }

    func activate(epoch: UInt32) throws(KeyStoreError) { try current.activate(epoch: epoch) }
    func discardRetiredKeys() throws(KeyStoreError) { try current.discardRetiredKeys() }

    func provePossession(
        product: String, serial: String, nonce: [UInt8]
    ) throws(KeyStoreError) -> [UInt8] {
        try current.provePossession(product: product, serial: serial, nonce: nonce)
    }

    func signPossession(device: DeviceID, nonce: [UInt8]) throws(KeyStoreError) -> [UInt8] {
        try current.signPossession(device: device, nonce: nonce)
    }

    func signDiagnostics(
        device: DeviceID, time: UTCMilliseconds, manifest: ContentHash
    ) throws(KeyStoreError) -> [UInt8] {
        try current.signDiagnostics(device: device, time: time, manifest: manifest)
    }

    func destroyKeys() throws(KeyStoreError) { try current.destroyKeys() }
}
