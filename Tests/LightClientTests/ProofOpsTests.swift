import Foundation
import LightClient
import Testing

struct ProofOpsTests {
    private struct Row: Decodable {
        let file: String
        let key: String
        let height: Int
        let rootHeight: Int

        private enum CodingKeys: String, CodingKey {
            case file, key, height
            case rootHeight = "root_in_header_height"
        }
    }

    /// The recorded store is empty at every recorded height, so its absence proofs have no neighbour and none may be
    /// believed; the layer above them, however, holds.
    @Test func recordedAnswers() throws {
        let rows = try Vectors.table([Row].self, "proof1/index.json").filter { $0.file.hasPrefix("query") }
        #expect(rows.count == 66)
        var layers = 0
        for row in rows {
            let response = try RPCJSON.decode(
                ABCIQueryDocument.self, from: try Vectors.bytes("proof1/" + row.file)
            ).response
            #expect(response.height == Int64(row.height))
            #expect(response.key == Array(row.key.utf8))
            let appHash = try Vectors.signedHeader("proof1", row.rootHeight).header.appHash
            let type = row.file.contains("ics23") ? ProofOp.simpleType : ProofOp.simpleValueType
            let expected = [
                ExpectedProofOp(type: type, key: Array(row.key.utf8)),
                ExpectedProofOp(type: type, key: Array("main".utf8)),
            ]
            #expect(throws: LightClientError.self, "\(row.file)") {
                try response.verify(appHash: appHash, expected: expected)
            }
            guard let ops = response.proofOps else {
                #expect(type == ProofOp.simpleValueType)
                continue
            }
            let upper = ProofOps(ops: [ops.ops[1]])
            try upper.verify(root: appHash, expected: [expected[1]], value: MerkleTree.emptyRoot.bytes)
            #expect(throws: LightClientError.self) {
                try upper.verify(root: appHash, expected: [expected[1]], value: [1])
            }
            #expect(throws: LightClientError.self) {
                try upper.verify(root: appHash, expected: [expected[1]], value: nil)
            }
            #expect(try RPCJSON.decode(ProofOps.self, from: try RPCJSON.encode(ops)) == ops)
            #expect(try ProofOps(protobuf: ops.protobuf) == ops)
            layers += 1
        }
        #expect(layers == 33)
    }

    // MARK: Two layers of our own, as the Cosmos SDK has them

    private static let store: [[UInt8]: [UInt8]] = Dictionary(
        uniqueKeysWithValues: (UInt8(0)..<17).map { ([0x6d, $0 &* 2], [$0, 1]) })
    private static let storeName = Array("main".utf8)

    private struct Layers {
        let appHash: [UInt8]
        let lower: ReferenceTree
        let upper: ReferenceTree
        let types: [String]

        func expected(_ key: [UInt8]) -> [ExpectedProofOp] {
            [ExpectedProofOp(type: types[0], key: key), ExpectedProofOp(type: types[1], key: ProofOpsTests.storeName)]
        }

        /// The answer an honest node gives for `key`.
        func answer(_ key: [UInt8]) throws -> (ops: ProofOps, value: [UInt8]?) {
            let present = lower.proof(of: key)
            let first: CommitmentProof =
                present.map { .existence($0) } ?? .nonExistence(lower.absence(of: key))
            let second = CommitmentProof.existence(try #require(upper.proof(of: ProofOpsTests.storeName)))
            return (
                ProofOps(ops: [
                    ProofOp(type: types[0], key: key, data: first.protobuf),
                    ProofOp(type: types[1], key: ProofOpsTests.storeName, data: second.protobuf),
                ]), present?.value
            )
        }
    }

    private func layers(_ type: String) -> Layers {
        let lower: ReferenceTree =
            switch type {
            case ProofOp.iavlType: .iavl(Self.store)
            case ProofOp.sparseType: .sparse(Self.store)
            default: .simple(Self.store)
            }
        let upper = ReferenceTree.simple([Self.storeName: lower.root, [0x61]: [1], [0x7a]: [2]])
        return Layers(appHash: upper.root, lower: lower, upper: upper, types: [type, ProofOp.simpleType])
    }

    @Test(arguments: [ProofOp.iavlType, ProofOp.simpleType, ProofOp.sparseType])
    func twoLayers(type: String) throws {
        let layers = layers(type)
        for byte in UInt8(0)..<40 {
            let key: [UInt8] = [0x6d, byte]
            let (ops, value) = try layers.answer(key)
            #expect((value != nil) == (Self.store[key] != nil))
            let expected = layers.expected(key)
            try ops.verify(root: layers.appHash, expected: expected, value: value)
            func refused(_ what: String, _ change: (inout ProofOps) -> Void) {
                var changed = ops
                change(&changed)
                #expect(throws: LightClientError.self, "\(what)") {
                    try changed.verify(root: layers.appHash, expected: expected, value: value)
                }
            }
            refused("leaf key") { $0.ops[0].key.append(1) }
            refused("store key") { $0.ops[1].key = [0x61] }
            refused("leaf type") { $0.ops[0].type = type == ProofOp.iavlType ? ProofOp.simpleType : ProofOp.iavlType }
            refused("upper type") { $0.ops[1].type = ProofOp.iavlType }
            refused("a layer missing") { $0.ops.removeLast() }
            refused("the leaf missing") { $0.ops.removeFirst() }
            refused("a layer too many") { $0.ops.append($0.ops[1]) }
            refused("turned round") { $0.ops.reverse() }
            refused("no data") { $0.ops[0].data = [] }
            // Presence and absence never stand for each other.
            let other: [UInt8]? = value == nil ? [1] : nil
            #expect(throws: LightClientError.self) {
                try ops.verify(root: layers.appHash, expected: expected, value: other)
            }
            #expect(throws: LightClientError.self) {
                try ops.verify(root: Hash.sha256([]).bytes, expected: expected, value: value)
            }
            // An answer to another question is none to this one.
            #expect(throws: LightClientError.self) {
                try ops.verify(root: layers.appHash, expected: layers.expected([0x6d, byte + 1]), value: value)
            }
        }
        #expect(throws: LightClientError.self) {
            try ProofOps(ops: []).verify(root: layers.appHash, expected: [], value: layers.appHash)
        }
    }

    /// Absence of the store itself must not pass for absence of the key in it.
    @Test func absenceOnlyAtTheLeaf() throws {
        let layers = layers(ProofOp.simpleType)
        let ops = ProofOps(ops: [
            ProofOp(
                type: ProofOp.simpleType, key: [0x6e],
                data: CommitmentProof.nonExistence(layers.upper.absence(of: [0x6e])).protobuf)
        ])
        try ops.verify(
            root: layers.appHash, expected: [ExpectedProofOp(type: ProofOp.simpleType, key: [0x6e])], value: nil)
        var (two, _) = try layers.answer([0x6d, 1])
        two.ops[1].data = CommitmentProof.nonExistence(layers.upper.absence(of: Self.storeName)).protobuf
        #expect(throws: LightClientError.self) {
            try two.verify(root: layers.appHash, expected: layers.expected([0x6d, 1]), value: nil)
        }
    }

    @Test func everyFlippedBitIsFound() throws {
        let layers = layers(ProofOp.iavlType)
        for key in [[0x6d, 8], [0x6d, 9]] as [[UInt8]] {
            let (ops, value) = try layers.answer(key)
            for (index, op) in ops.ops.enumerated() {
                for bit in 0..<op.data.count * 8 {
                    var changed = ops
                    changed.ops[index].data[bit / 8] ^= 1 << UInt8(bit % 8)
                    #expect(throws: LightClientError.self, "operator \(index), bit \(bit)") {
                        try changed.verify(root: layers.appHash, expected: layers.expected(key), value: value)
                    }
                }
            }
        }
    }

    // MARK: simple:v

    private func valueOp(_ map: [[UInt8]: [UInt8]], _ key: [UInt8], inner: [UInt8]? = nil) throws -> ProofOp {
        var writer = ProtobufWriter()
        writer.bytes(1, inner ?? key)
        writer.message(2, try #require(ReferenceTree.simpleMerkleProof(map, of: key)))
        return ProofOp(type: ProofOp.simpleValueType, key: key, data: writer.bytes)
    }

    @Test func simpleValue() throws {
        let upperMap = [Self.storeName: ReferenceTree.simple(Self.store).root, [0x61]: [1]]
        let upper = ReferenceTree.simple(upperMap)
        let type = ProofOp.simpleValueType
        for (key, value) in Self.store {
            let ops = ProofOps(ops: [try valueOp(Self.store, key), try valueOp(upperMap, Self.storeName)])
            let expected = [
                ExpectedProofOp(type: type, key: key), ExpectedProofOp(type: type, key: Self.storeName),
            ]
            try ops.verify(root: upper.root, expected: expected, value: value)
            #expect(throws: LightClientError.self) {
                try ops.verify(root: upper.root, expected: expected, value: value + [0])
            }
            // No absence form.
            #expect(throws: LightClientError.self) {
                try ops.verify(root: upper.root, expected: expected, value: nil)
            }
            // The operator's key counts, not the one inside its data.
            let renamed = ProofOps(ops: [try valueOp(Self.store, key, inner: [9]), ops.ops[1]])
            try renamed.verify(root: upper.root, expected: expected, value: value)
            var stolen = renamed
            stolen.ops[0].key = [9]
            #expect(throws: LightClientError.self) {
                try stolen.verify(
                    root: upper.root, expected: [ExpectedProofOp(type: type, key: [9]), expected[1]], value: value)
            }
        }
    }

    @Test func answersAreHeldAgainstTheQuestion() throws {
        let layers = layers(ProofOp.iavlType)
        let key: [UInt8] = [0x6d, 8]
        let (ops, value) = try layers.answer(key)
        var response = ABCIQueryResponse(key: key, value: try #require(value), proofOps: ops, height: 5)
        try response.verify(appHash: layers.appHash, expected: layers.expected(key))
        let again = try RPCJSON.decode(
            ABCIQueryResult.self, from: try RPCJSON.encode(ABCIQueryResult(response: response)))
        #expect(again.response == response)
        response.code = 1
        #expect(throws: LightClientError.self) {
            try response.verify(appHash: layers.appHash, expected: layers.expected(key))
        }
        response.code = 0
        response.value = []
        #expect(throws: LightClientError.self) {
            try response.verify(appHash: layers.appHash, expected: layers.expected(key))
        }
        response.value = value ?? []
        response.key = [1]
        #expect(throws: LightClientError.self) {
            try response.verify(appHash: layers.appHash, expected: layers.expected(key))
        }
        response.key = key
        response.proofOps = nil
        #expect(throws: LightClientError.self) {
            try response.verify(appHash: layers.appHash, expected: layers.expected(key))
        }
    }
}
