import LightClient

/// Small trees of each specification, built straight from their definitions, with a proof for every key.
struct ReferenceTree {
    /// Keys in the tree's order.
    let ordered: [[UInt8]]
    let root: [UInt8]
    private let proofs: [[UInt8]: ExistenceProof]
    private let rank: ([UInt8]) -> [UInt8]

    private typealias Node = (hash: [UInt8], paths: [[UInt8]: [InnerOp]])

    func proof(of key: [UInt8]) -> ExistenceProof? { proofs[key] }

    /// The neighbours of a key that is absent, or of a present one without itself.
    func absence(of key: [UInt8]) -> NonExistenceProof {
        let place = rank(key)
        return NonExistenceProof(
            key: key,
            left: ordered.last { rank($0).lexicographicallyPrecedes(place) }.flatMap(proof(of:)),
            right: ordered.first { place.lexicographicallyPrecedes(rank($0)) }.flatMap(proof(of:)))
    }

    private init(
        _ values: [[UInt8]: [UInt8]], rank: @escaping ([UInt8]) -> [UInt8], leaf: (ArraySlice<[UInt8]>) -> LeafOp,
        build: ([[UInt8]]) -> Node
    ) {
        self.rank = rank
        ordered = values.keys.map { (rank($0), $0) }.sorted { $0.0.lexicographicallyPrecedes($1.0) }.map(\.1)
        let node = build(ordered)
        root = node.hash
        var proofs: [[UInt8]: ExistenceProof] = [:]
        for (place, key) in ordered.enumerated() {
            proofs[key] = ExistenceProof(
                key: key, value: values[key] ?? [], leaf: leaf(ordered[place...place]), path: node.paths[key] ?? [])
        }
        self.proofs = proofs
    }

    private static func joined(
        _ left: Node, _ right: Node, prefix: [UInt8], middle: [UInt8] = []
    ) -> Node {
        var paths: [[UInt8]: [InnerOp]] = [:]
        let fromLeft = InnerOp(hash: .sha256, prefix: prefix, suffix: middle + right.hash)
        let fromRight = InnerOp(hash: .sha256, prefix: prefix + left.hash + middle, suffix: [])
        for (key, path) in left.paths { paths[key] = path + [fromLeft] }
        for (key, path) in right.paths { paths[key] = path + [fromRight] }
        return (Hash.sha256(prefix + left.hash + middle + right.hash).bytes, paths)
    }

    // MARK: The ledger's sparse tree

    /// A leaf at the shallowest free depth of its key's path, empty subtrees of 32 zero bytes.
    static func sparse(_ values: [[UInt8]: [UInt8]]) -> ReferenceTree {
        func build(_ entries: [(path: [UInt8], key: [UInt8])], _ depth: Int) -> Node {
            guard let first = entries.first else { return ([UInt8](repeating: 0, count: 32), [:]) }
            guard entries.count > 1 else {
                let hash = Hash.sha256([0] + first.path + Hash.sha256(values[first.key] ?? []).bytes)
                return (hash.bytes, [first.key: []])
            }
            let mask = UInt8(0x80) >> UInt8(depth % 8)
            let right = entries.filter { $0.path[depth / 8] & mask != 0 }
            let left = entries.filter { $0.path[depth / 8] & mask == 0 }
            return joined(build(left, depth + 1), build(right, depth + 1), prefix: [1])
        }
        return ReferenceTree(
            values, rank: { Hash.sha256($0).bytes }, leaf: { _ in .smt },
            build: { keys in build(keys.map { (Hash.sha256($0).bytes, $0) }, 0) })
    }

    // MARK: CometBFT's simple map

    /// Key and value hash, each behind its length; keys here are below 128 bytes.
    private static func item(_ key: [UInt8], _ value: [UInt8]?) -> [UInt8] {
        [UInt8(key.count)] + key + [32] + Hash.sha256(value ?? []).bytes
    }

    /// Sorted keys; the left part takes the largest power of two below the count.
    static func simple(_ values: [[UInt8]: [UInt8]]) -> ReferenceTree {
        func build(_ keys: ArraySlice<[UInt8]>) -> Node {
            guard let first = keys.first else { return (Hash.sha256([]).bytes, [:]) }
            guard keys.count > 1 else {
                return (Hash.sha256([0] + item(first, values[first])).bytes, [first: []])
            }
            var left = 1
            while left * 2 < keys.count { left *= 2 }
            let middle = keys.startIndex + left
            return joined(build(keys[..<middle]), build(keys[middle...]), prefix: [1])
        }
        let leaf = LeafOp(hash: .sha256, prehashKey: .none, prehashValue: .sha256, length: .varint, prefix: [0])
        return ReferenceTree(values, rank: { $0 }, leaf: { _ in leaf }, build: { build($0[...]) })
    }

    /// The same map's proof in CometBFT's own form.
    static func simpleMerkleProof(_ values: [[UInt8]: [UInt8]], of key: [UInt8]) -> MerkleProof? {
        let keys = values.keys.sorted { $0.lexicographicallyPrecedes($1) }
        return keys.firstIndex(of: key).map { place in
            MerkleTree.proofs(of: keys.map { item($0, values[$0]) }).proofs[place]
        }
    }

    // MARK: IAVL

    /// Height, size and version as zigzag varints; versions differ from node to node.
    private static func iavlPrefix(_ keys: ArraySlice<[UInt8]>) -> [UInt8] {
        func height(_ count: Int) -> Int { count == 1 ? 0 : 1 + max(height(count / 2), height(count - count / 2)) }
        var writer = ProtobufWriter()
        for number in [height(keys.count), keys.count, keys.startIndex * 37 + keys.count * 1000] {
            writer.varint(UInt64(number) << 1)
        }
        return writer.bytes
    }

    /// Sorted keys, halves as the two children.
    static func iavl(_ values: [[UInt8]: [UInt8]]) -> ReferenceTree {
        func build(_ keys: ArraySlice<[UInt8]>) -> Node {
            guard let first = keys.first else { return (Hash.sha256([]).bytes, [:]) }
            guard keys.count > 1 else {
                return (Hash.sha256(iavlPrefix(keys) + item(first, values[first])).bytes, [first: []])
            }
            let middle = keys.startIndex + keys.count / 2
            return joined(
                build(keys[..<middle]), build(keys[middle...]), prefix: iavlPrefix(keys) + [32], middle: [32])
        }
        return ReferenceTree(
            values, rank: { $0 },
            leaf: { keys in
                LeafOp(
                    hash: .sha256, prehashKey: .none, prehashValue: .sha256, length: .varint,
                    prefix: iavlPrefix(keys))
            }, build: { build($0[...]) })
    }
}
