/// A grant or a voucher: SHA-256 of its COSE_Sign1 bytes.
public struct GrantHash: DigestBytes {
    public static let noun = "grant hash"
    public let bytes: [UInt8]

    public init(exactly bytes: [UInt8]) { self.bytes = Self.require(bytes) }
}
