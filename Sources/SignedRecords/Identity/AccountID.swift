/// A ledger account: SHA-256 of its Ed25519 public key.
public struct AccountID: DigestBytes {
    public static let noun = "account id"
    public let bytes: [UInt8]

    public init(exactly bytes: [UInt8]) { self.bytes = Self.require(bytes) }
}
