internal import LightClient

/// The state tree of one height: a value; its nodes are shared with the trees of other heights.
///
/// A key's path is the SHA-256 of its bytes, read from the most significant bit.
struct SparseMerkleTree: Sendable {
    /// One key's change: its path and the hash of its new value, or nil where the key goes.
    struct Change: Sendable {
        let path: Hash
        let valueHash: Hash?
    }

    private(set) var root: SparseMerkleNode?

    init() {}

    /// The app hash; 32 zero bytes for a tree without a key (which the ledger never has: `parameters` is never deleted).
    var rootHash: [UInt8] { SparseMerkleNode.hash(of: root) }

    /// The path of a key.
    static func path(of key: [UInt8]) -> Hash { .sha256(key) }

    /// The bit of `path` that chooses the child at `depth`: false is left.
    static func bit(_ path: Hash, _ depth: Int) -> Bool { path.bytes[depth >> 3] & (0x80 >> UInt8(depth & 7)) != 0 }

    /// The order of the leaves from left to right.
    static func precedes(_ left: Hash, _ right: Hash) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }

    /// Writes and removes keys; each path may stand in `changes` once.
    mutating func apply(_ changes: [Change]) {
        let sorted = changes.sorted { Self.precedes($0.path, $1.path) }
        root = Self.updated(root, depth: 0, changes: sorted[...])
    }

    private static func updated(
        _ node: SparseMerkleNode?, depth: Int, changes: ArraySlice<Change>
    ) -> SparseMerkleNode? {
        if changes.isEmpty { return node }
        switch node?.content {
        case nil:
            return built(leaves(of: changes)[...], depth: depth)
        case .leaf(let path):
            let path = path.hash
            var remaining = leaves(of: changes)
            if let node, !changes.contains(where: { $0.path == path }) {
                let place = remaining.firstIndex { precedes(path, $0.path) } ?? remaining.endIndex
                remaining.insert((path, node), at: place)
            }
            return built(remaining[...], depth: depth)
        case .inner(let left, let right):
            let split = changes.firstIndex { bit($0.path, depth) } ?? changes.endIndex
            return .joining(
                updated(left, depth: depth + 1, changes: changes[..<split]),
                updated(right, depth: depth + 1, changes: changes[split...]))
        }
    }

    private typealias PlacedLeaf = (path: Hash, node: SparseMerkleNode)

    private static func leaves(of changes: ArraySlice<Change>) -> [PlacedLeaf] {
        changes.compactMap { change in
            change.valueHash.map { (change.path, .leaf(path: change.path, valueHash: $0)) }
        }
    }

    /// The subtree of sorted leaves that agree in their first `depth` bits.
    private static func built(_ leaves: ArraySlice<PlacedLeaf>, depth: Int) -> SparseMerkleNode? {
        guard leaves.count > 1 else { return leaves.first?.node }
        let split = leaves.firstIndex { bit($0.path, depth) } ?? leaves.endIndex
        return .joining(built(leaves[..<split], depth: depth + 1), built(leaves[split...], depth: depth + 1))
    }
}
