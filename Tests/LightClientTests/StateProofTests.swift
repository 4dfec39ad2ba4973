import LightClient
import Testing

/// Presence and absence over trees that the tests build themselves.
struct StateProofTests {
    static let specs = ["smt", "tendermint", "iavl"]

    private func tree(_ spec: String, _ values: [[UInt8]: [UInt8]]) -> ReferenceTree {
        switch spec {
        case "smt": return .sparse(values)
        case "tendermint": return .simple(values)
        default: return .iavl(values)
        }
    }

    private func values(_ count: Int, _ generator: inout SeededGenerator) -> [[UInt8]: [UInt8]] {
        var values: [[UInt8]: [UInt8]] = [:]
        while values.count < count {
            values[generator.bytes(Int.random(in: 1...40, using: &generator))] =
                generator.bytes(Int.random(in: 1...60, using: &generator))
        }
        return values
    }

    @Test(arguments: specs)
    func everyCountOfKeys(spec name: String) throws {
        let spec = try #require(ProofSpec(name: name))
        print("seed 20 + count, 0...200 keys, \(name)")
        for count in 0...200 {
            var generator = SeededGenerator(seed: UInt64(20 + count))
            let values = values(count, &generator)
            let tree = tree(name, values)
            let root = tree.root
            let chosen =
                count <= 12
                ? tree.ordered
                : (0..<3).compactMap { _ in
                    tree.ordered.randomElement(using: &generator)
                }
            for key in chosen { try checkPresent(key, values[key] ?? [], tree, spec, root) }
            for _ in 0..<4 {
                let key = generator.bytes(20)
                guard values[key] == nil else { continue }
                let proof = CommitmentProof.nonExistence(tree.absence(of: key))
                if count == 0 {
                    #expect(throws: LightClientError.self) {
                        try proof.verifyNonMembership(spec: spec, root: root, key: key)
                    }
                } else {
                    try checkAbsent(key, proof, spec, root)
                }
            }
        }
    }

    private func checkPresent(
        _ key: [UInt8], _ value: [UInt8], _ tree: ReferenceTree, _ spec: ProofSpec, _ root: [UInt8]
    ) throws {
        let existence = try #require(tree.proof(of: key))
        let proof = CommitmentProof.existence(existence)
        try proof.verifyMembership(spec: spec, root: root, key: key, value: value)
        #expect(try CommitmentProof(protobuf: proof.protobuf) == proof)
        func refused(_ root: [UInt8], _ key: [UInt8], _ value: [UInt8], _ proof: CommitmentProof) {
            #expect(throws: LightClientError.self) {
                try proof.verifyMembership(spec: spec, root: root, key: key, value: value)
            }
        }
        refused(Hash.sha256(root).bytes, key, value, proof)
        refused([], key, value, proof)
        refused(root, key + [0], value, proof)
        refused(root, key, value + [0], proof)
        refused(root, key, [], proof)
        var changed = existence
        changed.key.append(1)
        refused(root, changed.key, value, .existence(changed))
        changed = existence
        changed.value.append(1)
        refused(root, key, changed.value, .existence(changed))
        // A present key is never absent: not with its own neighbours, not with itself.
        let below = tree.absence(of: key).left
        let above = tree.absence(of: key).right
        for (left, right) in [
            (below, above), (below, nil), (nil, above), (nil, nil), (existence, above), (below, existence),
            (existence, nil), (nil, existence), (existence, existence),
        ] {
            #expect(throws: LightClientError.self) {
                try CommitmentProof.nonExistence(NonExistenceProof(key: key, left: left, right: right))
                    .verifyNonMembership(spec: spec, root: root, key: key)
            }
        }
    }

    private func checkAbsent(
        _ key: [UInt8], _ proof: CommitmentProof, _ spec: ProofSpec, _ root: [UInt8]
    ) throws {
        try proof.verifyNonMembership(spec: spec, root: root, key: key)
        #expect(try CommitmentProof(protobuf: proof.protobuf) == proof)
        #expect(throws: LightClientError.self) {
            try proof.verifyNonMembership(spec: spec, root: Hash.sha256(root).bytes, key: key)
        }
        #expect(throws: LightClientError.self) {
            try proof.verifyMembership(spec: spec, root: root, key: key, value: [1])
        }
        guard case .nonExistence(let absence) = proof else { return }
        // Each neighbour by itself must lead to the root.
        for changed in [
            NonExistenceProof(key: key, left: absence.left.map(altered), right: absence.right),
            NonExistenceProof(key: key, left: absence.left, right: absence.right.map(altered)),
        ] where changed != absence {
            #expect(throws: LightClientError.self) {
                try CommitmentProof.nonExistence(changed).verifyNonMembership(spec: spec, root: root, key: key)
            }
        }
        if let left = absence.left, let right = absence.right {
            for (left, right) in [(left, nil), (nil, right), (right, left)] as [(ExistenceProof?, ExistenceProof?)] {
                let half = CommitmentProof.nonExistence(NonExistenceProof(key: key, left: left, right: right))
                #expect(throws: LightClientError.self) {
                    try half.verifyNonMembership(spec: spec, root: root, key: key)
                }
            }
        }
    }

    private func altered(_ proof: ExistenceProof) -> ExistenceProof {
        var changed = proof
        changed.value.append(1)
        return changed
    }

    /// In small trees every pair of neighbours is tried for every key, present or not: only the true one is believed.
    @Test(arguments: specs)
    func everyPairOfNeighbours(spec name: String) throws {
        let spec = try #require(ProofSpec(name: name))
        for count in 1...9 {
            for seed in 0..<4 {
                var generator = SeededGenerator(seed: UInt64(1000 + count * 10 + seed))
                let values = values(count, &generator)
                let tree = tree(name, values)
                let root = tree.root
                let proofs: [ExistenceProof?] = [nil] + tree.ordered.map { tree.proof(of: $0) }
                for key in tree.ordered + (0..<6).map({ _ in generator.bytes(8) }) {
                    let truth = tree.absence(of: key)
                    for left in proofs {
                        for right in proofs {
                            let claim = NonExistenceProof(key: key, left: left, right: right)
                            let refusal = refusal {
                                try CommitmentProof.nonExistence(claim).verifyNonMembership(
                                    spec: spec, root: root, key: key)
                            }
                            let holds = values[key] == nil && claim == truth
                            #expect((refusal == nil) == holds, "\(name), \(count) keys, seed \(seed)")
                        }
                    }
                }
            }
        }
    }

    /// A tree of one leaf has an empty path; absence holds on both sides of it.
    @Test func oneLeafFromBothSides() throws {
        let tree = ReferenceTree.sparse([[1]: [2]])
        let leaf = try #require(tree.proof(of: [1]))
        #expect(leaf.path.isEmpty)
        var sides: Set<Bool> = []
        for byte in UInt8(2)...40 {
            let proof = tree.absence(of: [byte])
            sides.insert(proof.left == nil)
            try CommitmentProof.nonExistence(proof).verifyNonMembership(spec: .smt, root: tree.root, key: [byte])
            let mirrored = NonExistenceProof(key: [byte], left: proof.right, right: proof.left)
            #expect(throws: LightClientError.self) {
                try CommitmentProof.nonExistence(mirrored).verifyNonMembership(
                    spec: .smt, root: tree.root, key: [byte])
            }
        }
        #expect(sides == [true, false])
        // Two proofs with empty paths never part.
        let both = NonExistenceProof(key: [3], left: leaf, right: leaf)
        #expect(throws: LightClientError.self) {
            try CommitmentProof.nonExistence(both).verifyNonMembership(spec: .smt, root: tree.root, key: [3])
        }
    }

    /// Makers of sparse trees' proofs write the key or its hash into the absence proof.
    @Test func absenceNamesTheKeyOrItsHash() throws {
        let tree = ReferenceTree.sparse([[1]: [2], [3]: [4]])
        var proof = tree.absence(of: [9])
        proof.key = Hash.sha256([9]).bytes
        try CommitmentProof.nonExistence(proof).verifyNonMembership(spec: .smt, root: tree.root, key: [9])
        proof.key = [8]
        #expect(throws: LightClientError.self) {
            try CommitmentProof.nonExistence(proof).verifyNonMembership(spec: .smt, root: tree.root, key: [9])
        }
        let simple = ReferenceTree.simple([[1]: [2], [3]: [4]])
        var other = simple.absence(of: [9])
        other.key = Hash.sha256([9]).bytes
        #expect(throws: LightClientError.self) {
            try CommitmentProof.nonExistence(other).verifyNonMembership(
                spec: .tendermint, root: simple.root, key: [9])
        }
    }

    /// A proof of one specification is no proof of another.
    @Test func specificationsDoNotMix() throws {
        var generator = SeededGenerator(seed: 5)
        let values = values(9, &generator)
        for made in Self.specs {
            let tree = tree(made, values)
            for asked in Self.specs where asked != made {
                let spec = try #require(ProofSpec(name: asked))
                for key in tree.ordered {
                    #expect(throws: LightClientError.self) {
                        try CommitmentProof.existence(try #require(tree.proof(of: key))).verifyMembership(
                            spec: spec, root: tree.root, key: key, value: values[key] ?? [])
                    }
                }
            }
        }
        #expect(ProofSpec(name: "jellyfish") == nil)
        #expect(ProofSpec(operatorType: "ics23:smt") == .smt)
        #expect(ProofSpec(operatorType: "simple:v") == nil)
    }
}
