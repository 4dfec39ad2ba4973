import LightClient
import Testing

/// Known ways to forge a proof, each closed by one check.
struct StateProofForgeryTests {
    private struct Case {
        let spec: ProofSpec
        let proof: ExistenceProof

        /// The root that the altered proof leads to, computed without any check: what a liar would claim.
        func lyingRoot(_ proof: ExistenceProof) -> [UInt8] {
            let key = proof.leaf.prehashKey == .sha256 ? Hash.sha256(proof.key).bytes : proof.key
            let value = proof.leaf.prehashValue == .sha256 ? Hash.sha256(proof.value).bytes : proof.value
            var preimage = proof.leaf.prefix
            for part in [key, value] {
                if proof.leaf.length == .varint { preimage.append(UInt8(part.count)) }
                preimage += part
            }
            var node = Hash.sha256(preimage).bytes
            for step in proof.path { node = Hash.sha256(step.prefix + node + step.suffix).bytes }
            return node
        }

        /// Alters the proof and claims the root that follows, so that only the checks of the specification refuse.
        func refuses(_ what: String, _ change: (inout ExistenceProof) -> Void) {
            var changed = proof
            change(&changed)
            #expect(throws: LightClientError.self, "\(spec.name): \(what)") {
                try CommitmentProof.existence(changed).verifyMembership(
                    spec: spec, root: lyingRoot(changed), key: changed.key, value: changed.value)
            }
        }
    }

    private let cases: [Case]

    init() throws {
        let values = Dictionary(uniqueKeysWithValues: (UInt8(1)...8).map { ([$0, 0x20], [$0]) })
        cases = try [
            Case(spec: .smt, proof: #require(ReferenceTree.sparse(values).proof(of: [3, 0x20]))),
            Case(spec: .tendermint, proof: #require(ReferenceTree.simple(values).proof(of: [3, 0x20]))),
            Case(spec: .iavl, proof: #require(ReferenceTree.iavl(values).proof(of: [3, 0x20]))),
        ]
    }

    @Test func unalteredProofsHold() throws {
        for row in cases {
            try CommitmentProof.existence(row.proof).verifyMembership(
                spec: row.spec, root: row.lyingRoot(row.proof), key: row.proof.key, value: row.proof.value)
        }
    }

    @Test func leafOperators() {
        for row in cases {
            row.refuses("leaf hash") { $0.leaf.hash = .sha512 }
            row.refuses("no leaf hash") { $0.leaf.hash = .none }
            row.refuses("key hash") { $0.leaf.prehashKey = row.spec == .smt ? .none : .sha256 }
            row.refuses("no value hash") { $0.leaf.prehashValue = .none }
            row.refuses("length rule") { $0.leaf.length = row.spec == .smt ? .varint : .none }
            row.refuses("no leaf prefix") { $0.leaf.prefix = [] }
            row.refuses("inner prefix on a leaf") { $0.leaf.prefix = [1] }
            row.refuses("longer leaf prefix") { $0.leaf.prefix.append(0) }
            row.refuses("empty key") { $0.key = [] }
            row.refuses("empty value") { $0.value = [] }
        }
    }

    @Test func innerOperators() {
        for row in cases {
            for place in row.proof.path.indices {
                row.refuses("inner hash") { $0.path[place].hash = .none }
                row.refuses("leaf prefix on a node") { $0.path[place].prefix[0] = 0 }
                row.refuses("no prefix") { $0.path[place].prefix = [] }
                row.refuses("longer suffix") { $0.path[place].suffix.append(0) }
                row.refuses("two suffixes") { $0.path[place].suffix += $0.path[place].suffix + [7] }
                row.refuses("no sibling") {
                    $0.path[place].prefix = Array($0.path[place].prefix.prefix(1))
                    $0.path[place].suffix = []
                }
                row.refuses("two siblings") {
                    $0.path[place].prefix += [UInt8](repeating: 1, count: 33)
                    $0.path[place].suffix += [UInt8](repeating: 1, count: 33)
                }
            }
        }
    }

    @Test func depth() {
        for row in cases {
            let step = row.proof.path[row.proof.path.count - 1]
            row.refuses("too deep") { $0.path += [InnerOp](repeating: step, count: 257) }
        }
        cases[1].refuses("129 steps") {
            $0.path += [InnerOp](repeating: $0.path[0], count: 129 - $0.path.count)
        }
    }

    /// IAVL numbers inside the prefixes ("Dragonberry" and its kin).
    @Test func iavlPrefixes() {
        let row = cases[2]
        row.refuses("leaf with height 1") { $0.leaf.prefix[0] = 2 }
        row.refuses("leaf with size 2") { $0.leaf.prefix[1] = 4 }
        row.refuses("leaf with version -1") { $0.leaf.prefix = [0, 2, 1] }
        row.refuses("leaf prefix cut short") { $0.leaf.prefix = [0, 2] }
        row.refuses("leaf prefix not shortest") { $0.leaf.prefix = [0, 2, 0x80, 0] }
        for place in row.proof.path.indices {
            // Height as zigzag is twice the number; below the layer it cannot be.
            row.refuses("height below its layer") { $0.path[place].prefix[0] = UInt8(2 * place) }
            row.refuses("negative height") { $0.path[place].prefix[0] = 1 }
            row.refuses("negative size") { $0.path[place].prefix[1] = 1 }
            row.refuses("length of a child") { proof in
                let last = proof.path[place].prefix.count - 1
                proof.path[place].prefix[last] = 0x21
            }
        }
    }

    @Test func tendermintPrefix() {
        let row = cases[1]
        for place in row.proof.path.indices {
            row.refuses("inner prefix 02") { $0.path[place].prefix[0] = 2 }
        }
    }

    /// An inner node cannot pass for a leaf: its children would be the "key" and "value".
    @Test func innerNodeAsLeaf() throws {
        let tree = ReferenceTree.sparse([[1]: [1], [2]: [2], [3]: [3], [4]: [4]])
        let proof = try #require(tree.proof(of: [1]))
        var forged = proof
        forged.path.removeFirst()
        #expect(throws: LightClientError.self) {
            try CommitmentProof.existence(forged).verifyMembership(
                spec: .smt, root: tree.root, key: [1], value: [1])
        }
    }

    @Test func otherKindsOfProof() throws {
        // Field 3 batch, field 4 compressed, field 5 unknown, nothing, two proofs.
        #expect(
            refusal { _ = try CommitmentProof(protobuf: [0x1a, 0x00]) }
                == .stateProof(reason: "batch proofs are not supported"))
        #expect(
            refusal { _ = try CommitmentProof(protobuf: [0x22, 0x00]) }
                == .stateProof(reason: "compressed batch proofs are not supported"))
        #expect(throws: LightClientError.self) { try CommitmentProof(protobuf: [0x2a, 0x00]) }
        #expect(throws: LightClientError.self) { try CommitmentProof(protobuf: []) }
        #expect(throws: LightClientError.self) { try CommitmentProof(protobuf: [0x0a, 0x00]) }
        let bytes = CommitmentProof.existence(cases[0].proof).protobuf
        #expect(throws: LightClientError.self) { try CommitmentProof(protobuf: bytes + bytes) }
    }
}
