/// The node hashes of our ledger's state tree, for whoever builds it and its proofs (``ProofSpec/smt``).
///
/// A key's path is SHA-256(key) from the most significant bit; a leaf stands at the shallowest free depth; an empty
/// subtree is 32 zero bytes and is never hashed.
public enum SparseMerkle {
    /// An empty subtree.
    public static let empty = [UInt8](repeating: 0, count: Hash.size)

    /// H(0x00 || SHA-256(key) || SHA-256(value)).
    public static func leaf(keyHash: Hash, valueHash: Hash) -> Hash {
        .sha256(prefix: 0x00, keyHash.bytes, valueHash.bytes)
    }

    /// H(0x01 || left || right).
    public static func inner(_ left: [UInt8], _ right: [UInt8]) -> Hash {
        .sha256(prefix: 0x01, left, right)
    }

    /// The proof step of a left child beside `rightSibling` (32 bytes).
    public static func step(leftChildBeside rightSibling: [UInt8]) -> InnerOp {
        InnerOp(hash: .sha256, prefix: [0x01], suffix: rightSibling)
    }

    /// The proof step of a right child beside `leftSibling` (32 bytes).
    public static func step(rightChildBeside leftSibling: [UInt8]) -> InnerOp {
        InnerOp(hash: .sha256, prefix: [0x01] + leftSibling, suffix: [])
    }
}
