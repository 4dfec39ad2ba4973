import Crypto

/// Both private keys of a device with their epoch.
struct DeviceKeyPair: Sendable {
    let epoch: UInt32
    let ed25519: Curve25519.Signing.PrivateKey
    let p256: P256.Signing.PrivateKey

    /// Fresh keys from the kernel's random source (BoringSSL reads getrandom), for a new device.
    static func generate() -> DeviceKeyPair {
        DeviceKeyPair(epoch: 1, ed25519: Curve25519.Signing.PrivateKey(), p256: P256.Signing.PrivateKey())
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
