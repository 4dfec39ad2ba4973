/// The 20 bytes that name a validator; derived from its key.
public struct Address: Hashable, Sendable {
    /// The 20 bytes.
    public let bytes: [UInt8]

    /// Number of bytes.
    public static let size = 20

    /// An address from its 20 bytes; nil for another count.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Address.size else { return nil }
        self.bytes = bytes
    }

    /// An address from 40 hex digits of either case.
    public init(hex: String) throws(LightClientError) {
        let decoded = try Hex.decode(hex, kind: "address")
        guard decoded.count == Address.size else {
            throw .malformedText(kind: "address", text: hex, reason: "expected 20 bytes, got \(decoded.count)")
        }
        bytes = decoded
    }

    /// The first 20 bytes of a SHA-256 value.
    init(leading hash: Hash) {
        bytes = Array(hash.bytes[..<Address.size])
    }

    /// The 20 bytes of a RIPEMD-160 value.
    init(digest: RIPEMD160.Digest) {
        bytes = digest.bytes
    }

    /// All bytes at once: an array would give them one by one.
    public func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// Upper-case hex, as CometBFT prints addresses.
    public var hex: String { Hex.encode(bytes, upperCase: true) }
}

extension Address: Comparable {
    /// Byte order.
    public static func < (left: Address, right: Address) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension Address: CustomStringConvertible {
    /// Upper-case hex.
    public var description: String { hex }
}
