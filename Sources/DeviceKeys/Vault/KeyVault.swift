public import SignedRecords

/// Where a device's private keys live, and the only operations that need them: a file, a TPM, a PKCS#11 token.
///
/// A vault knows nothing of records or chains; the rules about what may be signed are the signer's. Safe to use from several
/// threads.
public protocol KeyVault: AnyObject, Sendable {
    var protection: KeyProtection { get }
    /// Whether this opening made the keys of epoch 1: the device is new.
    var madeKeys: Bool { get }
    /// The epochs whose private keys are here, rising: the one in force, a prepared next one, a retired one that is not
    /// destroyed yet. Empty where the keys were destroyed.
    func epochs() throws(KeyStoreError) -> [UInt32]
    /// Throws `.noSuchEpoch` or `.keysDestroyed` where there are none, as every operation on an epoch does.
    func publicKeys(epoch: UInt32) throws(KeyStoreError) -> DevicePublicKeys
    /// Ed25519 (RFC 8032), 64 bytes.
    func signEd25519(_ message: [UInt8], epoch: UInt32) throws(KeyStoreError) -> [UInt8]
    /// ECDSA P-256 with SHA-256, r and s, 64 bytes.
    func signP256(_ message: [UInt8], epoch: UInt32) throws(KeyStoreError) -> [UInt8]
    /// Makes a pair of keys, durable when it returns; the same pair where that epoch exists already.
    func make(epoch: UInt32) throws(KeyStoreError)
    /// Destroys the private keys of an epoch as well as the store can; an absent epoch is no error. Once the last one is
    /// destroyed, no opening makes new ones by itself.
    func destroy(epoch: UInt32) throws(KeyStoreError)
}
