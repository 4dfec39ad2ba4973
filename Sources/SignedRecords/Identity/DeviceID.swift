/// A device: SHA-256 of its genesis Ed25519 public key. It never changes, whatever keys follow.
public struct DeviceID: DigestBytes {
    public static let noun = "device id"
    public let bytes: [UInt8]

    public init(exactly bytes: [UInt8]) { self.bytes = Self.require(bytes) }
}
