// A chain of operators from a value to the app hash: each one's output is the next one's value. Types, keys and their
// number are the client's expectation; a server cannot leave a layer out, add one, or swap a specification.

/// One operator as /abci_query carries it.
public struct ProofOp: Hashable, Sendable {
    /// Says how `data` is read.
    public var type: String
    /// The key that this operator proves.
    public var key: [UInt8]
    /// The proof.
    public var data: [UInt8]

    /// An operator from its fields.
    public init(type: String, key: [UInt8], data: [UInt8]) {
        self.type = type
        self.key = key
        self.data = data
    }

    /// ICS-23, IAVL store.
    public static let iavlType = "ics23:iavl"
    /// ICS-23, simple Merkle map.
    public static let simpleType = "ics23:simple"
    /// ICS-23, sparse Merkle tree; our ledger's only operator.
    public static let sparseType = "ics23:smt"
    /// CometBFT's own value operator over the simple Merkle map; has no absence form.
    public static let simpleValueType = "simple:v"
}

/// What the client expects of one operator.
public struct ExpectedProofOp: Hashable, Sendable {
    /// The operator's type.
    public var type: String
    /// The operator's key.
    public var key: [UInt8]

    /// An expectation from its parts.
    public init(type: String, key: [UInt8]) {
        self.type = type
        self.key = key
    }
}

/// The operators of one answer, leaf first.
public struct ProofOps: Hashable, Sendable {
    /// Leaf first, root last.
    public var ops: [ProofOp]

    /// Operators, leaf first.
    public init(ops: [ProofOp]) {
        self.ops = ops
    }

    /// Checks that the expected keys lead from `value` (nil: from absence) to `root`, the app hash of a verified
    /// header one above the query's height.
    public func verify(
        root: [UInt8], expected: [ExpectedProofOp], value: [UInt8]?
    ) throws(LightClientError) {
        guard !expected.isEmpty else { throw .invalidOption(name: "operators", reason: "none are expected") }
        guard ops.count == expected.count else {
            throw .proofOperator(
                index: min(ops.count, expected.count),
                reason: "expected \(expected.count) operators, got \(ops.count)")
        }
        var current = value
        for (index, (op, expectation)) in zip(ops, expected).enumerated() {
            guard op.type == expectation.type else {
                throw .proofOperator(
                    index: index, reason: "expected type \(expectation.type), got \(op.type.prefix(40))")
            }
            guard op.key == expectation.key else {
                throw .proofOperator(
                    index: index,
                    reason: "expected key \(Hex.encode(expectation.key)), got \(Hex.encode(op.key))")
            }
            guard !op.key.isEmpty else { throw .proofOperator(index: index, reason: "the key is empty") }
            do throws(LightClientError) {
                current = try op.output(value: current)
            } catch {
                throw .proofOperator(index: index, reason: "\(error)")
            }
        }
        guard let current, current == root else {
            throw .proofOperator(
                index: ops.count - 1,
                reason: "leads to root \(Hex.encode(current ?? [])), expected \(Hex.encode(root))")
        }
    }
}

extension ProofOp {
    /// The root that follows from `value`, or from absence when it is nil.
    func output(value: [UInt8]?) throws(LightClientError) -> [UInt8] {
        if type == ProofOp.simpleValueType {
            guard let value else { throw .stateProof(reason: "simple:v has no absence form") }
            return try SimpleValueProof(protobuf: data).root(key: key, value: value).bytes
        }
        guard let spec = ProofSpec(operatorType: type) else {
            throw .stateProof(reason: "unsupported operator type \(type.prefix(40))")
        }
        switch (try CommitmentProof(protobuf: data), value) {
        case (.existence(let proof), let value?):
            return try proof.root(spec: spec, key: key, value: value).bytes
        case (.nonExistence(let proof), nil):
            return try proof.root(spec: spec, key: key).bytes
        case (.existence, nil):
            throw .stateProof(reason: "an existence proof cannot show absence")
        case (.nonExistence, .some):
            throw .stateProof(reason: "an absence proof cannot show a value")
        }
    }
}

/// The data of a `simple:v` operator.
struct SimpleValueProof: ProtobufMessage {
    /// Not used: the operator's own key counts.
    var key: [UInt8]
    var proof: MerkleProof

    static let protobufName = "ValueOp"

    /// Reads fields 1 key, 2 proof.
    init(from reader: inout ProtobufReader) throws(LightClientError) {
        var proof: MerkleProof?
        key = []
        while let field = try reader.next() {
            switch field.number {
            case 1: key = try field.bytes()
            case 2: proof = try field.message(MerkleProof.self)
            default: throw reader.unknown(field)
            }
        }
        guard let proof else { throw .stateProof(reason: "simple:v without a proof") }
        self.proof = proof
    }

    func write(to writer: inout ProtobufWriter) {
        writer.bytes(1, key)
        writer.message(2, proof)
    }

    /// The root of the map in which `key` has `value`: its item is the key and H(value), each behind its length.
    func root(key: [UInt8], value: [UInt8]) throws(LightClientError) -> Hash {
        var item = ProtobufWriter()
        item.varint(UInt64(key.count))
        let bytes = item.bytes + key + [UInt8(Hash.size)] + Hash.sha256(value).bytes
        guard proof.leafHash == MerkleTree.leafHash(bytes) else {
            throw .merkleProof(reason: "the leaf hash is not that of key and value")
        }
        return try proof.computedRoot()
    }
}

extension ProofOp: ProtobufMessage {
    /// tendermint.crypto.ProofOp.
    public static let protobufName = "ProofOp"

    /// Reads fields 1 type, 2 key, 3 data.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init(type: "", key: [], data: [])
        while let field = try reader.next() {
            switch field.number {
            case 1: type = try field.string()
            case 2: key = try field.bytes()
            case 3: data = try field.bytes()
            default: throw reader.unknown(field)
            }
        }
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        writer.string(1, type)
        writer.bytes(2, key)
        writer.bytes(3, data)
    }
}

extension ProofOps: ProtobufMessage {
    /// tendermint.crypto.ProofOps.
    public static let protobufName = "ProofOps"

    /// Reads field 1 ops.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init(ops: [])
        while let field = try reader.next() {
            guard field.number == 1 else { throw reader.unknown(field) }
            ops.append(try field.message(ProofOp.self))
        }
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        for op in ops { writer.message(1, op) }
    }
}
