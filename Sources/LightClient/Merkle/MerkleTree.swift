// The tree of RFC 6962 as CometBFT uses it: leaf = H(0x00 || item), inner = H(0x01 || left || right), the left part
// takes the largest power of two strictly below the count, no items hash to H(""). Nothing is padded or doubled.

/// Roots and proofs over lists of byte strings.
public enum MerkleTree {
    /// The hash of one leaf.
    public static func leafHash(_ item: [UInt8]) -> Hash {
        .sha256(prefix: 0x00, item)
    }

    /// The hash of an inner node.
    public static func innerHash(_ left: Hash, _ right: Hash) -> Hash {
        .sha256(prefix: 0x01, left.bytes, right.bytes)
    }

    /// The root over no items: H("") = e3b0c442…b855.
    public static let emptyRoot = Hash.sha256([])

    /// The root over `items`.
    public static func root(of items: [[UInt8]]) -> Hash {
        root(ofLeaves: items.map { leafHash($0) }[...])
    }

    /// The root over `items` and a proof for each of them.
    public static func proofs(of items: [[UInt8]]) -> (root: Hash, proofs: [MerkleProof]) {
        let leaves = items.map { leafHash($0) }
        var aunts = [[Hash]](repeating: [], count: leaves.count)
        let root = collect(leaves[...], into: &aunts)
        let proofs = leaves.indices.map { index in
            MerkleProof(
                total: Int64(leaves.count), index: Int64(index), leafHash: leaves[index], aunts: aunts[index])
        }
        return (root, proofs)
    }

    /// The largest power of two strictly below `count`; `count` is at least 2.
    static func split(_ count: UInt64) -> UInt64 {
        1 << UInt64(63 - (count - 1).leadingZeroBitCount)
    }

    private static func root(ofLeaves leaves: ArraySlice<Hash>) -> Hash {
        guard let first = leaves.first else { return emptyRoot }
        guard leaves.count > 1 else { return first }
        let middle = leaves.startIndex + Int(split(UInt64(leaves.count)))
        return innerHash(root(ofLeaves: leaves[..<middle]), root(ofLeaves: leaves[middle...]))
    }

    private static func collect(_ leaves: ArraySlice<Hash>, into aunts: inout [[Hash]]) -> Hash {
        guard let first = leaves.first else { return emptyRoot }
        guard leaves.count > 1 else { return first }
        let middle = leaves.startIndex + Int(split(UInt64(leaves.count)))
        let left = collect(leaves[..<middle], into: &aunts)
        let right = collect(leaves[middle...], into: &aunts)
        for index in leaves.startIndex..<middle { aunts[index].append(right) }
        for index in middle..<leaves.endIndex { aunts[index].append(left) }
        return innerHash(left, right)
    }
}
