/// A file or a document: SHA-256 of its bytes (a profile, a firmware image, a certificate).
public struct ContentHash: DigestBytes {
    public static let noun = "content hash"
    public let bytes: [UInt8]

    public init(exactly bytes: [UInt8]) { self.bytes = Self.require(bytes) }
}
