/// What a device signs when somebody who stands before it wants to know that it has its private key now (docs/format.md, "Keys").
///
/// The nonce comes from whoever asks. Unlike `EnrolmentStatement` it names no product and no serial number, so it enrols nothing.
public enum PossessionStatement {
    /// How long a nonce is, in bytes.
    public static let nonceBytes = 16...64

    /// Deterministic CBOR `["wattseal-possession/1", device, nonce, Ed25519 key, epoch]`.
    public static func signedBytes(
        device: DeviceID, nonce: [UInt8], publicKey: [UInt8], epoch: UInt32
    ) -> [UInt8] {
        CBOR.array([
            .text("wattseal-possession/1"), .bytes(device.bytes), .bytes(nonce), .bytes(publicKey),
            .unsigned(UInt64(epoch)),
        ]).encode()
    }
}
