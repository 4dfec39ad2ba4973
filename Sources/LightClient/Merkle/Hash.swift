internal import Crypto

/// A SHA-256 value: 32 bytes, always.
public struct Hash: Hashable, Sendable {
    /// The 32 bytes.
    public let bytes: [UInt8]

    /// Number of bytes.
    public static let size = 32

    /// A hash from its 32 bytes; nil for another count.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Hash.size else { return nil }
        self.bytes = bytes
    }

    /// A hash from 64 hex digits of either case.
    public init(hex: String) throws(LightClientError) {
        let decoded = try Hex.decode(hex, kind: "hash")
        guard decoded.count == Hash.size else {
            throw .malformedText(kind: "hash", text: hex, reason: "expected 32 bytes, got \(decoded.count)")
        }
        bytes = decoded
    }

    /// SHA-256 of `data`.
    public static func sha256(_ data: [UInt8]) -> Hash {
        Hash(digest: SHA256.hash(data: data))
    }

    /// SHA-256 of the parts one after the other.
    static func sha256(prefix: UInt8, _ first: [UInt8], _ second: [UInt8] = []) -> Hash {
        var hasher = SHA256()
        withUnsafeBytes(of: prefix) { hasher.update(bufferPointer: $0) }
        first.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        if !second.isEmpty { second.withUnsafeBytes { hasher.update(bufferPointer: $0) } }
        return Hash(digest: hasher.finalize())
    }

    private init(digest: SHA256.Digest) {
        bytes = digest.withUnsafeBytes { Array($0) }
    }

    /// Lower-case hex.
    public var hex: String { Hex.encode(bytes) }
    /// Upper-case hex, as the RPC writes it.
    public var upperHex: String { Hex.encode(bytes, upperCase: true) }
}

extension Hash: CustomStringConvertible {
    /// Lower-case hex.
    public var description: String { hex }
}
