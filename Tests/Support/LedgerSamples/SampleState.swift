public import LightClient

/// A ledger state for tests: a sparse Merkle tree (ICS-23's SMT specification) built anew for each question.
///
/// Leaves stand at the shallowest free depth; an empty subtree is 32 zero bytes and is never hashed.
public struct SampleState: Sendable {
    /// Keys and values.
    public var values: [[UInt8]: [UInt8]]

    /// A state from its values.
    public init(_ values: [[UInt8]: [UInt8]] = [:]) {
        self.values = values
    }

    /// The value of a key.
    public subscript(key: [UInt8]) -> [UInt8]? {
        get { values[key] }
        set { values[key] = newValue }
    }

    private struct Leaf {
        let place: Hash
        let key: [UInt8]
        let value: [UInt8]

        var hash: [UInt8] { SparseMerkle.leaf(keyHash: place, valueHash: .sha256(value)).bytes }
    }

    private var leaves: [Leaf] {
        values.map { Leaf(place: .sha256($0.key), key: $0.key, value: $0.value) }
            .sorted { $0.place.bytes.lexicographicallyPrecedes($1.place.bytes) }
    }

    /// The app hash of the next header.
    public var root: [UInt8] { Self.node(leaves[...], depth: 0) }

    /// The proof of a key's value, or of its absence.
    public func proof(of key: [UInt8]) -> CommitmentProof {
        let leaves = leaves
        let place = Hash.sha256(key)
        if let leaf = leaves.first(where: { $0.place == place }) {
            return .existence(Self.existence(of: leaf, in: leaves))
        }
        let left = leaves.last { $0.place.bytes.lexicographicallyPrecedes(place.bytes) }
        let right = leaves.first { place.bytes.lexicographicallyPrecedes($0.place.bytes) }
        return .nonExistence(
            NonExistenceProof(
                key: key, left: left.map { Self.existence(of: $0, in: leaves) },
                right: right.map { Self.existence(of: $0, in: leaves) }))
    }

    private static func existence(of leaf: Leaf, in leaves: [Leaf]) -> ExistenceProof {
        var path: [InnerOp] = []
        var part = leaves[...]
        var depth = 0
        while part.count > 1 {
            let (left, right) = split(part, depth: depth)
            if bit(leaf.place, depth) {
                path.append(SparseMerkle.step(rightChildBeside: node(left, depth: depth + 1)))
                part = right
            } else {
                path.append(SparseMerkle.step(leftChildBeside: node(right, depth: depth + 1)))
                part = left
            }
            depth += 1
        }
        return ExistenceProof(key: leaf.key, value: leaf.value, leaf: .smt, path: path.reversed())
    }

    private static func node(_ part: ArraySlice<Leaf>, depth: Int) -> [UInt8] {
        switch part.count {
        case 0: return SparseMerkle.empty
        case 1: return part[part.startIndex].hash
        default:
            let (left, right) = split(part, depth: depth)
            return SparseMerkle.inner(node(left, depth: depth + 1), node(right, depth: depth + 1)).bytes
        }
    }

    private static func split(
        _ part: ArraySlice<Leaf>, depth: Int
    ) -> (left: ArraySlice<Leaf>, right: ArraySlice<Leaf>) {
        let middle = part.firstIndex { bit($0.place, depth) } ?? part.endIndex
        return (part[..<middle], part[middle...])
    }

    private static func bit(_ place: Hash, _ depth: Int) -> Bool {
        place.bytes[depth / 8] & (0x80 >> UInt8(depth % 8)) != 0
    }
}
