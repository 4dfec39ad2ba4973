/// That a key has a value: the leaf, and the steps from it to the root.
public struct ExistenceProof: Hashable, Sendable {
    /// The key.
    public var key: [UInt8]
    /// The value.
    public var value: [UInt8]
    /// How the leaf is hashed.
    public var leaf: LeafOp
    /// Steps from the leaf up; empty in a tree of one leaf.
    public var path: [InnerOp]

    /// A proof from its parts.
    public init(key: [UInt8], value: [UInt8], leaf: LeafOp, path: [InnerOp]) {
        self.key = key
        self.value = value
        self.leaf = leaf
        self.path = path
    }

    /// Checks that the proof follows `spec` and is about exactly this key and value; returns the root it leads to,
    /// which the caller compares with one that it trusts.
    public func root(spec: ProofSpec, key: [UInt8], value: [UInt8]) throws(LightClientError) -> Hash {
        guard self.key == key else {
            throw .stateProof(reason: "is about key \(Hex.encode(self.key)), asked for \(Hex.encode(key))")
        }
        guard self.value == value else {
            throw .stateProof(reason: "the value is not the one that is proved")
        }
        return try evaluate(spec).root
    }

    /// The root and the side of each step, every check of `spec` included.
    func evaluate(_ spec: ProofSpec) throws(LightClientError) -> (root: Hash, sides: [ProofSpec.Side]) {
        guard !key.isEmpty else { throw .stateProof(reason: "the key is empty") }
        guard !value.isEmpty else { throw .stateProof(reason: "the value is empty") }
        guard path.count <= spec.maxDepth else {
            throw .stateProof(reason: "\(path.count) steps, at most \(spec.maxDepth)")
        }
        try spec.check(leaf)
        var sides: [ProofSpec.Side] = []
        sides.reserveCapacity(path.count)
        for (index, step) in path.enumerated() { sides.append(try spec.check(step, layer: index + 1)) }
        // The checks above leave one leaf rule per specification, all of it SHA-256.
        var preimage = leaf.prefix
        ExistenceProof.append(spec.prehashKey == .sha256 ? Hash.sha256(key).bytes : key, spec.length, to: &preimage)
        ExistenceProof.append(Hash.sha256(value).bytes, spec.length, to: &preimage)
        var node = Hash.sha256(preimage)
        for step in path { node = .sha256(step.prefix + node.bytes + step.suffix) }
        return (node, sides)
    }

    private static func append(_ data: [UInt8], _ length: LengthOperator, to preimage: inout [UInt8]) {
        if length == .varint {
            var writer = ProtobufWriter()
            writer.varint(UInt64(data.count))
            preimage += writer.bytes
        }
        preimage += data
    }
}

extension ExistenceProof: ProtobufMessage {
    /// cosmos.ics23.v1.ExistenceProof.
    public static let protobufName = "ExistenceProof"

    /// Reads fields 1 key, 2 value, 3 leaf, 4 path.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        var key: [UInt8] = []
        var value: [UInt8] = []
        var leaf: LeafOp?
        var path: [InnerOp] = []
        while let field = try reader.next() {
            switch field.number {
            case 1: key = try field.bytes()
            case 2: value = try field.bytes()
            case 3: leaf = try field.message(LeafOp.self)
            case 4: path.append(try field.message(InnerOp.self))
            default: throw reader.unknown(field)
            }
        }
        guard let leaf else { throw .stateProof(reason: "an existence proof without a leaf operator") }
        self.init(key: key, value: value, leaf: leaf, path: path)
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        writer.bytes(1, key)
        writer.bytes(2, value)
        writer.message(3, leaf)
        for step in path { writer.message(4, step) }
    }
}
