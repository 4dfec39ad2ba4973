internal import LightClient
internal import Quantities

/// 32 bytes in place. A tree of a million keys holds some 3.5 million of them, and `Hash` would put each into an array of
/// its own on the heap, more than twice its size.
struct TreeHash: Sendable, Equatable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    init(_ hash: Hash) {
        words = hash.bytes.withUnsafeBytes { bytes in
            (
                bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
            )
        }
    }

    var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    var hash: Hash {
        guard let hash = Hash(bytes: bytes) else { invariantBroken("four words are 32 bytes") }
        return hash
    }

    static func == (one: TreeHash, other: TreeHash) -> Bool { one.words == other.words }
}
