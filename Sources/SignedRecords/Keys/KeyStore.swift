/// Holds the device's keys and signs records with them, whole records only.
///
/// It keeps per chain every message above the durable head that it was last told, at most eight, and never signs two
/// different contents for one of those numbers. A restarted writer fetches them with `pending`, appends them unchanged, and
/// only then builds anything new.
public protocol KeyStore: AnyObject, Sendable {
    var publicKeys: DevicePublicKeys { get }
    /// 1 until the first key change.
    var epoch: UInt32 { get }
    /// How the keys are protected, in one word: `software`, `tpm`, `pkcs11`.
    var protection: String { get }

    /// Signs a record for a ledger's id. `durableHead` is the highest sequence of the record's chain that the journal has on
    /// disk (0 for none); messages up to it are forgotten.
    ///
    /// The same record again above the durable head gives the same message again. Refuses a ninth message above the durable
    /// head, a number at or below it, a skipped number, and other content for a number that is pending.
    func sign(
        _ record: Record, ledger: LedgerChainID, durableHead: UInt64
    ) throws(KeyStoreError) -> SignedRecord

    /// The messages above the durable head last told, by rising sequence.
    func pending(chain: ChainNumber) -> [SignedRecord]

    /// The P-256 key's signature over the Ed25519 key (`DevicePublicKeys.crossSigned`), 64 bytes, for genesis.
    func crossSignature() throws(KeyStoreError) -> [UInt8]

    /// The P-256 key's ECDSA signature with SHA-256 over an OCMF payload section, 64 bytes (r and s).
    func signOCMF(payload: [UInt8]) throws(KeyStoreError) -> [UInt8]
}
