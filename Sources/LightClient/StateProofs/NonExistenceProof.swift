/// That a key has no value: its neighbours in the tree's order, with nothing in between.
public struct NonExistenceProof: Hashable, Sendable {
    /// The absent key.
    public var key: [UInt8]
    /// The next key below, if there is one.
    public var left: ExistenceProof?
    /// The next key above, if there is one.
    public var right: ExistenceProof?

    /// A proof from its parts.
    public init(key: [UInt8], left: ExistenceProof?, right: ExistenceProof?) {
        self.key = key
        self.left = left
        self.right = right
    }

    /// Checks that the proof follows `spec` and shows that exactly this key is absent; returns the root it leads to,
    /// which the caller compares with one that it trusts.
    public func root(spec: ProofSpec, key: [UInt8]) throws(LightClientError) -> Hash {
        guard !key.isEmpty else { throw .stateProof(reason: "the key is empty") }
        // Makers of sparse trees' proofs write the key or its hash here. Nothing rests on it (the neighbours decide),
        // but a proof that names another key is not the answer to this question.
        guard self.key == key || (spec.comparesHashedKeys && self.key == Hash.sha256(key).bytes) else {
            throw .stateProof(reason: "is about key \(Hex.encode(self.key)), asked for \(Hex.encode(key))")
        }
        let below = try left?.neighbour(spec)
        let above = try right?.neighbour(spec)
        if let below {
            guard spec.orders(below.key, before: key) else {
                throw .stateProof(reason: "the left neighbour does not stand before the key")
            }
        }
        if let above {
            guard spec.orders(key, before: above.key) else {
                throw .stateProof(reason: "the right neighbour does not stand after the key")
            }
        }
        switch (below, above) {
        case (nil, nil):
            // An empty tree has no such proof.
            throw .stateProof(reason: "an absence proof without a neighbour")
        case (let below?, nil):
            guard below.steps.allSatisfy({ spec.isRightMost($0.step, from: $0.side) }) else {
                throw .stateProof(reason: "no right neighbour, but the left one is not right-most")
            }
            return below.root
        case (nil, let above?):
            guard above.steps.allSatisfy({ spec.isLeftMost($0.step, from: $0.side) }) else {
                throw .stateProof(reason: "no left neighbour, but the right one is not left-most")
            }
            return above.root
        case (let below?, let above?):
            guard below.root == above.root else {
                throw .stateProof(reason: "the neighbours lead to different roots")
            }
            try NonExistenceProof.checkAdjacent(below.steps[...], above.steps[...], spec)
            return below.root
        }
    }

    /// Two paths with nothing in between: they share the steps at the root, part as left and right child of one node,
    /// and run along the inner edges below it.
    private static func checkAdjacent(
        _ below: ArraySlice<Neighbour.Step>, _ above: ArraySlice<Neighbour.Step>, _ spec: ProofSpec
    ) throws(LightClientError) {
        var below = below
        var above = above
        // One path may be a tail of the other, or empty: then they never part.
        while let lower = below.popLast() {
            guard let upper = above.popLast() else { break }
            if lower.step == upper.step { continue }
            guard lower.side == .left, upper.side == .right else {
                throw .stateProof(reason: "the neighbours do not part as left and right child")
            }
            guard below.allSatisfy({ spec.isRightMost($0.step, from: $0.side) }),
                above.allSatisfy({ spec.isLeftMost($0.step, from: $0.side) })
            else { throw .stateProof(reason: "something stands between the neighbours") }
            return
        }
        throw .stateProof(reason: "the neighbours' paths do not part")
    }
}

/// A neighbour whose proof holds.
private struct Neighbour {
    struct Step {
        let step: InnerOp
        let side: ProofSpec.Side
    }
    let key: [UInt8]
    let root: Hash
    let steps: [Step]
}

extension ExistenceProof {
    fileprivate func neighbour(_ spec: ProofSpec) throws(LightClientError) -> Neighbour {
        let (root, sides) = try evaluate(spec)
        return Neighbour(key: key, root: root, steps: zip(path, sides).map { Neighbour.Step(step: $0, side: $1) })
    }
}

extension NonExistenceProof: ProtobufMessage {
    /// cosmos.ics23.v1.NonExistenceProof.
    public static let protobufName = "NonExistenceProof"

    /// Reads fields 1 key, 2 left, 3 right.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init(key: [], left: nil, right: nil)
        while let field = try reader.next() {
            switch field.number {
            case 1: key = try field.bytes()
            case 2: left = try field.message(ExistenceProof.self)
            case 3: right = try field.message(ExistenceProof.self)
            default: throw reader.unknown(field)
            }
        }
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        writer.bytes(1, key)
        if let left { writer.message(2, left) }
        if let right { writer.message(3, right) }
    }
}
