/// That one item stands at one place in a list of a given length.
///
/// The aunts run from the leaf's sibling up to a child of the root. The proof never says which root: the caller
/// compares with one that it trusts.
public struct MerkleProof: Hashable, Sendable {
    /// Number of items in the tree.
    public var total: Int64
    /// Place of the item, from 0.
    public var index: Int64
    /// H(0x00 || item).
    public var leafHash: Hash
    /// Siblings from the leaf upwards.
    public var aunts: [Hash]

    /// More aunts than this are refused unread.
    public static let maxAunts = 100

    /// A proof from its parts; nothing is checked before ``verify(root:item:)``.
    public init(total: Int64, index: Int64, leafHash: Hash, aunts: [Hash]) {
        self.total = total
        self.index = index
        self.leafHash = leafHash
        self.aunts = aunts
    }

    /// The root that this proof leads to; refuses a wrong number of aunts and an index outside the list.
    public func computedRoot() throws(LightClientError) -> Hash {
        guard total > 0 else { throw .merkleProof(reason: "total is \(total)") }
        guard index >= 0, index < total else { throw .merkleProof(reason: "index \(index) is outside 0..<\(total)") }
        guard aunts.count <= MerkleProof.maxAunts else { throw .merkleProof(reason: "\(aunts.count) aunts") }
        // From the root down: which side the path takes at each level.
        var sides: [Bool] = []
        var count = UInt64(total)
        var place = UInt64(index)
        while count > 1 {
            let left = MerkleTree.split(count)
            let goesRight = place >= left
            sides.append(goesRight)
            if goesRight {
                place -= left
                count -= left
            } else {
                count = left
            }
        }
        guard sides.count == aunts.count else {
            throw .merkleProof(reason: "expected \(sides.count) aunts, got \(aunts.count)")
        }
        var node = leafHash
        for (goesRight, aunt) in zip(sides.reversed(), aunts) {
            node = goesRight ? MerkleTree.innerHash(aunt, node) : MerkleTree.innerHash(node, aunt)
        }
        return node
    }

    /// Checks that `item` stands in the tree with this root.
    public func verify(root: Hash, item: [UInt8]) throws(LightClientError) {
        guard leafHash == MerkleTree.leafHash(item) else {
            throw .merkleProof(reason: "the leaf hash is not that of the item")
        }
        let computed = try computedRoot()
        guard computed == root else {
            throw .merkleProof(reason: "leads to root \(computed.hex), expected \(root.hex)")
        }
    }
}

extension MerkleProof: ProtobufMessage {
    /// tendermint.crypto.Proof.
    public static let protobufName = "Proof"

    /// Reads fields 1 total, 2 index, 3 leaf_hash, 4 aunts.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        var total: Int64 = 0
        var index: Int64 = 0
        var leafHash: Hash?
        var aunts: [Hash] = []
        while let field = try reader.next() {
            switch field.number {
            case 1: total = try field.signed()
            case 2: index = try field.signed()
            case 3: leafHash = try field.hash()
            case 4:
                guard let aunt = try field.hash() else { throw field.fault("is an empty aunt") }
                guard aunts.count < MerkleProof.maxAunts else { throw field.fault("is one aunt too many") }
                aunts.append(aunt)
            default: throw reader.unknown(field)
            }
        }
        guard let leafHash else {
            throw .malformedProtobuf(
                message: MerkleProof.protobufName, offset: reader.offset, reason: "leaf_hash is missing")
        }
        self.init(total: total, index: index, leafHash: leafHash, aunts: aunts)
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        writer.signed(1, total)
        writer.signed(2, index)
        writer.bytes(3, leafHash.bytes)
        for aunt in aunts { writer.message(4, aunt.bytes) }
    }
}
