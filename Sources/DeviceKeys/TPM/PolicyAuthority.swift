import Crypto
import Glibc
import SignedRecords

/// The owner of a P-256 key who approves PCR values by signature, so that firmware may change and the keys still open.
///
/// The private key stays with whoever releases firmware; the TPM checks the signature again by itself.
struct PolicyAuthority: Hashable, Sendable {
    /// x and y, 32 bytes each.
    let key: [UInt8]

    init(key: [UInt8]) { self.key = key }

    /// Reads a public key in PEM (`openssl ec -pubout`).
    init(path: String) throws(KeyStoreError) {
        guard let bytes = try BoundedFile.read(path, maximum: 4_096) else {
            throw .system(call: "open", path: path, errno: ENOENT)
        }
        guard let key = try? P256.Signing.PublicKey(pemRepresentation: String(decoding: bytes, as: UTF8.self)) else {
            throw .tpm(.invalidAuthority(path: path))
        }
        self.key = Array(key.rawRepresentation)
    }

    /// Whether it signed this policy: ECDSA with SHA-256 over the policy's digest.
    func approved(_ policy: PolicyDigest, signature: P256.Signing.ECDSASignature) -> Bool {
        guard let key = try? P256.Signing.PublicKey(rawRepresentation: key) else { return false }
        return key.isValidSignature(signature, for: policy.bytes)
    }
}
