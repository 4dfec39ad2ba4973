/// The shape of tree that a state proof must follow (ICS-23). Chosen by the client, never taken from the proof.
///
/// All three are binary trees under SHA-256 whose leaves begin with 0x00, so a leaf can never pass for an inner node.
public struct ProofSpec: Hashable, Sendable {
    /// What the operators' prefixes must look like beyond their lengths.
    enum Layout: Hashable, Sendable {
        case iavl
        case tendermint
        case plain
    }

    /// The specification's short name.
    public let name: String
    let layout: Layout
    let prehashKey: HashOperator
    let length: LengthOperator
    /// Bytes that a child takes in the preimage of its parent, its length byte included.
    let childSize: Int
    let minPrefix: Int
    let maxPrefix: Int
    /// What stands in place of an empty subtree, in sparse trees.
    let emptyChild: [UInt8]?
    let maxDepth: Int
    /// Whether keys are ordered by their hashes.
    let comparesHashedKeys: Bool

    /// Begins every leaf's preimage.
    static let leafPrefix: [UInt8] = [0x00]

    /// The Cosmos SDK's IAVL stores.
    public static let iavl = ProofSpec(
        name: "iavl", layout: .iavl, prehashKey: .none, length: .varint, childSize: 33, minPrefix: 4, maxPrefix: 12,
        emptyChild: nil, maxDepth: 128, comparesHashedKeys: false)

    /// CometBFT's simple Merkle map, the upper layer of the Cosmos SDK.
    public static let tendermint = ProofSpec(
        name: "tendermint", layout: .tendermint, prehashKey: .none, length: .varint, childSize: 32, minPrefix: 1,
        maxPrefix: 1, emptyChild: nil, maxDepth: 128, comparesHashedKeys: false)

    /// Sparse Merkle trees, as our ledger's: ``SparseMerkle``.
    public static let smt = ProofSpec(
        name: "smt", layout: .plain, prehashKey: .sha256, length: .none, childSize: 32, minPrefix: 1, maxPrefix: 1,
        emptyChild: [UInt8](repeating: 0, count: 32), maxDepth: 256, comparesHashedKeys: true)

    /// The specification of a proof operator's type; nil when the type is none of ICS-23's.
    public init?(operatorType: String) {
        switch operatorType {
        case ProofOp.iavlType: self = .iavl
        case ProofOp.simpleType: self = .tendermint
        case ProofOp.sparseType: self = .smt
        default: return nil
        }
    }

    /// The specification named `iavl`, `tendermint` or `smt`.
    public init?(name: String) {
        guard let known = [ProofSpec.iavl, .tendermint, .smt].first(where: { $0.name == name }) else { return nil }
        self = known
    }

    private init(
        name: String, layout: Layout, prehashKey: HashOperator, length: LengthOperator, childSize: Int,
        minPrefix: Int, maxPrefix: Int, emptyChild: [UInt8]?, maxDepth: Int, comparesHashedKeys: Bool
    ) {
        self.name = name
        self.layout = layout
        self.prehashKey = prehashKey
        self.length = length
        self.childSize = childSize
        self.minPrefix = minPrefix
        self.maxPrefix = maxPrefix
        self.emptyChild = emptyChild
        self.maxDepth = maxDepth
        self.comparesHashedKeys = comparesHashedKeys
    }

    /// How two keys compare in this tree.
    func orders(_ left: [UInt8], before right: [UInt8]) -> Bool {
        guard comparesHashedKeys else { return left.lexicographicallyPrecedes(right) }
        return Hash.sha256(left).bytes.lexicographicallyPrecedes(Hash.sha256(right).bytes)
    }
}

extension ProofSpec {
    /// Which child of its parent the path comes from.
    enum Side: Hashable, Sendable {
        case left
        case right
    }

    /// Refuses a leaf operator that is not exactly the specification's.
    func check(_ leaf: LeafOp) throws(LightClientError) {
        guard leaf.hash == .sha256 else { throw .stateProof(reason: "leaf hash \(leaf.hash) is not SHA-256") }
        guard leaf.prehashKey == prehashKey else {
            throw .stateProof(reason: "leaf key hash \(leaf.prehashKey) is not \(prehashKey)")
        }
        guard leaf.prehashValue == .sha256 else {
            throw .stateProof(reason: "leaf value hash \(leaf.prehashValue) is not SHA-256")
        }
        guard leaf.length == length else {
            throw .stateProof(reason: "leaf length rule \(leaf.length) is not \(length)")
        }
        if layout == .iavl {
            // height 0, size 1, version, nothing after ("Dragonberry").
            var prefix = ZigzagReader(leaf.prefix)
            guard let height = prefix.next(), let size = prefix.next(), let version = prefix.next() else {
                throw .stateProof(reason: "IAVL leaf prefix is not height, size, version")
            }
            guard height == 0, size == 1, version >= 0, prefix.rest.isEmpty else {
                throw .stateProof(reason: "IAVL leaf prefix has height \(height), size \(size), version \(version)")
            }
        } else {
            guard leaf.prefix == ProofSpec.leafPrefix else { throw .stateProof(reason: "leaf prefix is not 00") }
        }
    }

    /// Refuses an inner operator outside the specification; says from which side the path comes. `layer` counts from
    /// 1 at the leaf's parent.
    func check(_ step: InnerOp, layer: Int) throws(LightClientError) -> Side {
        guard step.hash == .sha256 else {
            throw .stateProof(reason: "step \(layer): hash \(step.hash) is not SHA-256")
        }
        guard !step.prefix.starts(with: ProofSpec.leafPrefix) else {
            throw .stateProof(reason: "step \(layer): an inner prefix begins like a leaf")
        }
        // maxPrefix < minPrefix + childSize in every specification, so the two cases exclude each other.
        let side: Side
        switch (step.prefix.count, step.suffix.count) {
        case (minPrefix...maxPrefix, childSize): side = .left
        case (minPrefix + childSize...maxPrefix + childSize, 0): side = .right
        default:
            throw .stateProof(
                reason: "step \(layer): prefix of \(step.prefix.count) and suffix of \(step.suffix.count) bytes "
                    + "fit neither child")
        }
        switch layout {
        case .iavl:
            try checkIAVL(step, side: side, layer: layer)
        case .tendermint:
            guard step.prefix.first == 0x01 else {
                throw .stateProof(reason: "step \(layer): inner prefix does not begin with 01")
            }
        case .plain:
            break
        }
        return side
    }

    private func checkIAVL(_ step: InnerOp, side: Side, layer: Int) throws(LightClientError) {
        var prefix = ZigzagReader(step.prefix)
        guard let height = prefix.next(), let size = prefix.next(), let version = prefix.next() else {
            throw .stateProof(reason: "step \(layer): IAVL prefix is not height, size, version")
        }
        guard height >= Int64(layer), size >= 0, version >= 0 else {
            throw .stateProof(
                reason: "step \(layer): IAVL prefix has height \(height), size \(size), version \(version)")
        }
        // Each child stands behind its length, 32.
        let rest = Array(prefix.rest)
        let lengths: Bool
        switch side {
        case .left: lengths = rest == [0x20] && step.suffix.first == 0x20
        case .right: lengths = rest.count == 34 && rest.first == 0x20 && rest.last == 0x20
        }
        guard lengths else {
            throw .stateProof(reason: "step \(layer): IAVL children are not two hashes of 32 bytes")
        }
    }

    /// Whether nothing stands left of a path through `step`: it comes from the left, or its left sibling is empty.
    func isLeftMost(_ step: InnerOp, from side: Side) -> Bool {
        side == .left || emptyChild.map { step.prefix.suffix(childSize).elementsEqual($0) } ?? false
    }

    /// Whether nothing stands right of a path through `step`: it comes from the right, or its right sibling is empty.
    func isRightMost(_ step: InnerOp, from side: Side) -> Bool {
        side == .right || emptyChild.map { step.suffix == $0 } ?? false
    }
}

/// Reads zigzag varints, shortest form only.
struct ZigzagReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    /// The next number; nil when the bytes are cut short, too long, or not the shortest form.
    mutating func next() -> Int64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst() {
            guard shift < 63 || byte <= 1 else { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 {
                guard byte != 0 || shift == 0 else { return nil }
                return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
            }
            shift += 7
        }
        return nil
    }
}
