/// An ICS-23 proof about one key. Batch and compressed proofs are refused.
public enum CommitmentProof: Hashable, Sendable {
    /// The key has a value.
    case existence(ExistenceProof)
    /// The key has none.
    case nonExistence(NonExistenceProof)

    /// Checks that `key` has `value` in the tree with this root.
    public func verifyMembership(
        spec: ProofSpec, root: [UInt8], key: [UInt8], value: [UInt8]
    ) throws(LightClientError) {
        guard case .existence(let proof) = self else {
            throw .stateProof(reason: "an absence proof cannot show a value")
        }
        try CommitmentProof.check(try proof.root(spec: spec, key: key, value: value), against: root)
    }

    /// Checks that `key` has no value in the tree with this root.
    public func verifyNonMembership(spec: ProofSpec, root: [UInt8], key: [UInt8]) throws(LightClientError) {
        guard case .nonExistence(let proof) = self else {
            throw .stateProof(reason: "an existence proof cannot show absence")
        }
        try CommitmentProof.check(try proof.root(spec: spec, key: key), against: root)
    }

    private static func check(_ computed: Hash, against root: [UInt8]) throws(LightClientError) {
        guard computed.bytes == root else {
            throw .stateProof(reason: "leads to root \(computed.hex), expected \(Hex.encode(root))")
        }
    }
}

extension CommitmentProof: ProtobufMessage {
    /// cosmos.ics23.v1.CommitmentProof.
    public static let protobufName = "CommitmentProof"

    /// Reads the oneof: 1 exist, 2 nonexist; 3 batch and 4 compressed are refused.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        guard let field = try reader.next() else { throw .stateProof(reason: "the proof is empty") }
        switch field.number {
        case 1: self = .existence(try field.message(ExistenceProof.self))
        case 2: self = .nonExistence(try field.message(NonExistenceProof.self))
        case 3: throw .stateProof(reason: "batch proofs are not supported")
        case 4: throw .stateProof(reason: "compressed batch proofs are not supported")
        default: throw reader.unknown(field)
        }
        if let extra = try reader.next() { throw extra.fault("is a second proof") }
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        switch self {
        case .existence(let proof): writer.message(1, proof)
        case .nonExistence(let proof): writer.message(2, proof)
        }
    }
}
