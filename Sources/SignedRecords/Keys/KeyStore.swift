/// Holds the device's keys and signs records with them, whole records only.
///
/// It keeps per chain every message above the durable head that it was last told, at most eight, and never signs two
/// different contents for one of those numbers. A restarted writer fetches them with `pending`, appends them unchanged, and
/// only then builds anything new.
public protocol KeyStore: AnyObject, Sendable {
    /// The public halves of the keys in force.
    var publicKeys: DevicePublicKeys { get }
    /// The key epoch in force: 1 until the first key change. At opening it is the lowest one whose keys are here.
    var epoch: UInt32 { get }
    /// How the keys are protected, in one word: `software`, `tpm`, `pkcs11`.
    var protection: String { get }
    /// Whether the keys were made when the store was opened and have signed nothing durable since: the device is new.
    var madeKeys: Bool { get }

    /// Signs a record for a ledger's id. `durableHead` is the highest sequence of the record's chain that the journal has on
    /// disk (0 for none); messages up to it are forgotten.
    ///
    /// The same record again above the durable head gives the same message again. Refuses a ninth message above the durable
    /// head, a number at or below it, a skipped number, and other content for a number that is pending.
    func sign(
        _ record: Record, ledger: LedgerChainID, durableHead: UInt64
    ) throws(KeyStoreError) -> SignedRecord

    /// The messages above the durable head last told, by rising sequence.
    func pending(chain: ChainNumber) throws(KeyStoreError) -> [SignedRecord]

    /// The P-256 key's signature over the Ed25519 key (`DevicePublicKeys.crossSigned`), 64 bytes, for genesis.
    func crossSignature() throws(KeyStoreError) -> [UInt8]

    /// The P-256 key's ECDSA signature with SHA-256 over an OCMF payload section, 64 bytes (r and s).
    func signOCMF(payload: [UInt8]) throws(KeyStoreError) -> [UInt8]

    /// Makes the next epoch's keys (durable, not in force) and has both of them sign the body of a key-change record at this
    /// place of chain 0. The same again gives the same keys.
    func prepareKeyChange(
        device: DeviceID, sequence: UInt64, previous: RecordHash
    ) throws(KeyStoreError) -> KeyChange

    /// Puts an epoch in force, once its key-change record is durable, and again at each start with the epoch that the journal
    /// says. The epoch in force never falls while the store is open.
    func activate(epoch: UInt32) throws(KeyStoreError)

    /// Destroys the keys of the epochs before the one in force: once the ledger has acknowledged the key-change record.
    func discardRetiredKeys() throws(KeyStoreError)

    /// Proof of possession: the Ed25519 signature, 64 bytes, over `EnrolmentStatement.signedBytes` with the keys in force.
    func provePossession(
        product: String, serial: String, nonce: [UInt8]
    ) throws(KeyStoreError) -> [UInt8]

    /// The Ed25519 signature, 64 bytes, over `PossessionStatement.signedBytes` with the keys in force; another device than these
    /// keys' is refused where it is known.
    func signPossession(device: DeviceID, nonce: [UInt8]) throws(KeyStoreError) -> [UInt8]

    /// The Ed25519 signature, 64 bytes, over a `DiagnosticsStatement` with the keys in force: nothing but its parts is taken, and
    /// another device than these keys' is refused where it is known.
    func signDiagnostics(
        device: DeviceID, time: UTCMilliseconds, manifest: ContentHash
    ) throws(KeyStoreError) -> [UInt8]

    /// Destroys all private keys. Nothing can be signed afterwards.
    func destroyKeys() throws(KeyStoreError)
}
