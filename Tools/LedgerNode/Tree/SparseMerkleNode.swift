internal import LightClient

/// One node of the state tree; immutable, so that the trees of successive heights share what did not change.
///
/// Hashes and shape are `LightClient.SparseMerkle`'s: a leaf stands at the shallowest depth at which it is alone, an empty
/// subtree is nil here and 32 zero bytes in its parent's hash, and is never hashed itself.
final class SparseMerkleNode: Sendable {
    enum Content: Sendable {
        case leaf(path: TreeHash)
        case inner(left: SparseMerkleNode?, right: SparseMerkleNode?)
    }

    let content: Content
    let hash: TreeHash

    private init(content: Content, hash: Hash) {
        self.content = content
        self.hash = TreeHash(hash)
    }

    /// The leaf of a key, by the hash of the key and that of the value.
    static func leaf(path: Hash, valueHash: Hash) -> SparseMerkleNode {
        SparseMerkleNode(
            content: .leaf(path: TreeHash(path)), hash: SparseMerkle.leaf(keyHash: path, valueHash: valueHash))
    }

    /// The node above two subtrees; a lone leaf is not pushed down, so it takes the parent's place.
    static func joining(_ left: SparseMerkleNode?, _ right: SparseMerkleNode?) -> SparseMerkleNode? {
        switch (left, right) {
        case (nil, nil): return nil
        case (.some(let only), nil) where only.isLeaf: return only
        case (nil, .some(let only)) where only.isLeaf: return only
        default:
            return SparseMerkleNode(
                content: .inner(left: left, right: right), hash: SparseMerkle.inner(hash(of: left), hash(of: right)))
        }
    }

    /// What a subtree contributes to its parent's hash.
    static func hash(of subtree: SparseMerkleNode?) -> [UInt8] { subtree?.hash.bytes ?? SparseMerkle.empty }

    var isLeaf: Bool {
        if case .leaf = content { return true }
        return false
    }
}
