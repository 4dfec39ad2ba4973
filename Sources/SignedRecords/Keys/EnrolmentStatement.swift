/// What a device signs to prove that it has the private keys of the public ones that it shows (docs/format.md, "Keys").
///
/// The nonce comes from whoever wants the proof, so an old proof is none.
public enum EnrolmentStatement {
    /// How long a nonce is, in bytes.
    public static let nonceBytes = 16...64

    /// Deterministic CBOR `["wattseal-enrol/1", product, serial, nonce, Ed25519 key, P-256 key, epoch]`.
    public static func signedBytes(
        product: String, serial: String, nonce: [UInt8], keys: DevicePublicKeys, epoch: UInt32
    ) -> [UInt8] {
        CBOR.array([
            .text("wattseal-enrol/1"), .text(product), .text(serial), .bytes(nonce), .bytes(keys.ed25519),
            .bytes(keys.p256), .unsigned(UInt64(epoch)),
        ]).encode()
    }
}
