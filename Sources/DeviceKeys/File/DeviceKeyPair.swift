import Crypto
import SignedRecords

/// Both private keys of a device with their epoch.
struct DeviceKeyPair: Sendable {
    let epoch: UInt32
    let ed25519: Curve25519.Signing.PrivateKey
    let p256: P256.Signing.PrivateKey
    let publicKeys: DevicePublicKeys

    /// How long the Ed25519 seed and the P-256 scalar are together.
    static let secretBytes = 64

    /// Takes the seed and the scalar, 32 bytes each; nil where they are no keys.
    init?(epoch: UInt32, secrets: [UInt8]) {
        guard secrets.count == DeviceKeyPair.secretBytes,
            let ed25519 = try? Curve25519.Signing.PrivateKey(rawRepresentation: secrets[0..<32]),
            let p256 = try? P256.Signing.PrivateKey(rawRepresentation: secrets[32..<64])
        else { return nil }
        self.epoch = epoch
        self.ed25519 = ed25519
        self.p256 = p256
        publicKeys = DevicePublicKeys(
            ed25519: Array(ed25519.publicKey.rawRepresentation), p256: Array(p256.publicKey.x963Representation))
    }

    /// Fresh secrets from the kernel's random source, with the keys that they are. The caller erases them.
    static func generate(epoch: UInt32) -> (secrets: [UInt8], keys: DeviceKeyPair) {
        while true {
            var secrets = SecretBytes.random(secretBytes)
            // A scalar of 0 or above the group's order is refused, once in 2^32.
            if let keys = DeviceKeyPair(epoch: epoch, secrets: secrets) { return (secrets, keys) }
            SecretBytes.erase(&secrets)
        }
    }

    /// Signs and verifies once with each key: a damaged library or key must not come to light in a record.
    func passesSelfTest() -> Bool {
        let text = Array("wattseal-self-test/1".utf8)
        guard let first = try? ed25519.signature(for: text), let second = try? p256.signature(for: text) else {
            return false
        }
        return ed25519.publicKey.isValidSignature(first, for: text)
            && p256.publicKey.isValidSignature(second, for: text)
    }
}
