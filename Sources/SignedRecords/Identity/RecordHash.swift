/// A signed record: SHA-256 of its COSE_Sign1 bytes.
public struct RecordHash: DigestBytes {
    public static let noun = "record hash"
    public let bytes: [UInt8]

    public init(exactly bytes: [UInt8]) { self.bytes = Self.require(bytes) }
}
