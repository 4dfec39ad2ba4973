import Ledger
import LedgerSamples
import LightClient
import NIOConcurrencyHelpers
import RecordSamples
import SignedRecords
import Testing

@testable import PlatformLink

/// Each lie is one that a node in the middle can tell; each is refused by its own name, with nothing acknowledged.
@Suite("A lying node")
struct LyingNodeTests {
    /// Charges, lets the node take the records, then lies in the next look. Gives the refusal.
    private func refusal(
        prepare: (Bench) throws -> Void = { _ in }, _ lie: @escaping FakeNode.Lie
    ) async throws -> (PlatformLinkError?, Bench) {
        let bench = try Bench()
        _ = try bench.charge(kilowattHours: 3)
        await bench.turn()
        try prepare(bench)
        let stored = try TrustedStore(directory: bench.folder).load(chainID: "wattseal-test")
        bench.node.with { $0.lie = lie }
        let told = await bench.turn()
        #expect(bench.journal.acknowledgements == ["0/1"], "a lie was acknowledged")
        #expect(try ProofStore(directory: bench.folder).sessions() == [], "a lie was stored")
        guard case .refused(let error)? = told.last else {
            Issue.record("\(told)")
            return (nil, bench)
        }
        if case .replayedHeader = error {
            #expect(try TrustedStore(directory: bench.folder).load(chainID: "wattseal-test") == stored)
        }
        let line = try #require(bench.refusals.last)
        #expect(line.contains("\(error)"), "\(line)")
        #expect(line.contains("nothing stored, nothing acknowledged"))
        // The same node, honest again: nothing was lost.
        bench.node.with { $0.lie = nil }
        await bench.turn()
        #expect(bench.journal.acknowledged(Bench.connector) == 5)
        return (error, bench)
    }

    private static func commit(
        _ change: @escaping @Sendable (inout SignedHeader) -> Void
    ) -> FakeNode.Lie {
        { request, node in
            guard request.method == "commit", var block = node.with({ $0.chain.blocks[request.height] }) else {
                return nil
            }
            change(&block.signedHeader)
            return try FakeNode.reply(
                request.id, CommitResult(signedHeader: block.signedHeader, canonical: true))
        }
    }

    /// Lies about the connector's head.
    private static func head(
        _ change: @escaping @Sendable (inout ABCIQueryResponse, FakeNode) throws -> Void
    ) -> FakeNode.Lie {
        { request, node in
            guard request.method == "abci_query", request.key.hasPrefix("head/"), request.key.hasSuffix("/1") else {
                return nil
            }
            var response = try node.query(request.parameters["data"] ?? "", request.height)
            try change(&response, node)
            return try FakeNode.reply(request.id, ABCIQueryResult(response: response))
        }
    }

    @Test("about the app hash in a header")
    func appHash() async throws {
        let (error, bench) = try await refusal(Self.commit { $0.header.appHash[3] ^= 1 })
        guard case .headerNotTheSignedOne? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(bench.refusals.contains { $0.contains("app hash was altered") })
    }

    @Test("with one commit signature changed")
    func signature() async throws {
        let (error, bench) = try await refusal(Self.commit { $0.commit.signatures[1].signature[9] ^= 1 })
        guard case .commitSignatureInvalid(_, index: 1)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(bench.refusals.contains { $0.contains("commit signature invalid") })
    }

    @Test("that changes a header and re-signs it with keys of its own")
    func forgedValidators() async throws {
        let keys = try (41...44).map { try SampleChain.Member(seed: $0) }
        let (error, _) = try await refusal { request, node in
            guard let honest = node.with({ $0.chain.blocks[request.height] }) else { return nil }
            let forger = SampleChain(members: keys, time: honest.header.time)
            var chain = forger
            try chain.append(appHash: [1])
            guard let set = chain.newest?.validators else { return nil }
            switch request.method {
            case "commit":
                var header = honest.header
                header.appHash = [UInt8](repeating: 9, count: 32)
                header.validatorsHash = set.hash()
                header.nextValidatorsHash = set.hash()
                return try FakeNode.reply(
                    request.id,
                    CommitResult(
                        signedHeader: SignedHeader(header: header, commit: try forger.commit(to: header, by: set)),
                        canonical: true))
            case "validators": return try FakeNode.page(request, set.validators)
            default: return nil
            }
        }
        #expect(error != nil)
    }

    @Test("with the proof of another key: the device's own head in place of the connector's")
    func otherKey() async throws {
        let (error, bench) = try await refusal(
            Self.head { response, node in
                let other = Hex.encode(
                    Array(String(decoding: response.key, as: UTF8.self).dropLast().utf8) + [UInt8(ascii: "0")])
                let honest = try node.query(other, response.height)
                response.value = honest.value
                response.proofOps = honest.proofOps
            })
        guard case .proofForAnotherKey(let asked, let found)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(asked.hasSuffix("/1"))
        #expect(found.hasSuffix("/0"))
        #expect(bench.refusals.contains { $0.contains("proof for another key") })
    }

    @Test("with the true proof of another key in an envelope that names the asked one")
    func otherKeyInside() async throws {
        let (error, _) = try await refusal(
            Self.head { response, node in
                let other = Hex.encode(
                    Array(String(decoding: response.key, as: UTF8.self).dropLast().utf8) + [UInt8(ascii: "0")])
                let honest = try node.query(other, response.height)
                response.value = honest.value
                response.proofOps = honest.proofOps
                response.proofOps?.ops[0].key = response.key
            })
        guard case .proofForAnotherKey(_, let found)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(found.hasSuffix("/0"))
    }

    @Test("with a true proof relabelled to the asked key")
    func relabelled() async throws {
        let (error, _) = try await refusal(
            Self.head { response, node in
                let other = Hex.encode(
                    Array(String(decoding: response.key, as: UTF8.self).dropLast().utf8) + [UInt8(ascii: "0")])
                let honest = try node.query(other, response.height)
                guard let data = honest.proofOps?.ops.first?.data,
                    case .existence(var existence) = try CommitmentProof(protobuf: data)
                else { return }
                existence.key = response.key
                response.value = honest.value
                response.proofOps = ProofOps(ops: [
                    ProofOp(
                        type: ProofOp.sparseType, key: response.key, data: CommitmentProof.existence(existence).protobuf
                    )
                ])
            })
        guard case .valueNotProved? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("that claims the head absent, with a true absence proof of another key")
    func absenceOfAnother() async throws {
        let (error, bench) = try await refusal(
            Self.head { response, node in
                let other = Hex.encode(response.key + [UInt8(ascii: "9")])
                let honest = try node.query(other, response.height)
                response.value = []
                response.proofOps = honest.proofOps
            })
        guard case .absenceProofForAnotherKey? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(bench.refusals.contains { $0.contains("absence proof for another key") })
    }

    @Test("that claims the head absent, with an absence proof relabelled to its key, or without one neighbour")
    func forgedAbsence() async throws {
        for drop in [nil, true, false] as [Bool?] {
            let (error, bench) = try await refusal(
                Self.head { response, node in
                    let other = Hex.encode(response.key + [UInt8(ascii: "9")])
                    guard let data = try node.query(other, response.height).proofOps?.ops.first?.data,
                        case .nonExistence(var absence) = try CommitmentProof(protobuf: data)
                    else { return }
                    absence.key = response.key
                    if drop == true { absence.left = nil }
                    if drop == false { absence.right = nil }
                    response.value = []
                    response.proofOps = ProofOps(ops: [
                        ProofOp(
                            type: ProofOp.sparseType, key: response.key,
                            data: CommitmentProof.nonExistence(absence).protobuf)
                    ])
                })
            guard case .absenceNotProved? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(bench.refusals.contains { $0.contains("its absence is not proved") })
        }
    }

    @Test("that claims the head absent and keeps the true proof, or sends none")
    func contradiction() async throws {
        let (error, _) = try await refusal(Self.head { response, _ in response.value = [] })
        guard case .answerContradictsProof? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let (missing, _) = try await refusal(
            Self.head { response, _ in
                response.value = []
                response.proofOps = nil
            })
        guard case .proofMissing? = missing else {
            Issue.record("\(String(describing: missing))")
            return
        }
    }

    @Test("that raises the head's number, in the value or in the proof too")
    func raised() async throws {
        let (error, _) = try await refusal(Self.head { response, _ in response.value[1] += 1 })
        guard case .answerContradictsProof? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let (forged, _) = try await refusal(
            Self.head { response, _ in
                response.value[1] += 1
                guard let data = response.proofOps?.ops.first?.data,
                    case .existence(var existence) = try CommitmentProof(protobuf: data)
                else { return }
                existence.value = response.value
                response.proofOps?.ops[0].data = CommitmentProof.existence(existence).protobuf
            })
        guard case .valueNotProved? = forged else {
            Issue.record("\(String(describing: forged))")
            return
        }
    }

    @Test("that proves an older state under its older height")
    func olderState() async throws {
        let (error, _) = try await refusal(
            Self.head { response, node in
                response = try node.query(Hex.encode(response.key), 1)
            })
        guard case .anotherHeight(call: "abci_query", _, found: 1)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let (relabelled, _) = try await refusal(
            Self.head { response, node in
                let height = response.height
                response = try node.query(Hex.encode(response.key), 1)
                response.height = height
            })
        guard case .absenceNotProved? = relabelled else {
            Issue.record("\(String(describing: relabelled))")
            return
        }
    }

    @Test("that chooses other proof operators: none of ours, two of ours")
    func operators() async throws {
        for change in [
            { (ops: ProofOps) in ProofOps(ops: ops.ops.map { ProofOp(type: "ics23:iavl", key: $0.key, data: $0.data) })
            },
            { (ops: ProofOps) in ProofOps(ops: ops.ops + ops.ops) },
            { (ops: ProofOps) in ProofOps(ops: ops.ops.map { ProofOp(type: $0.type, key: $0.key, data: [1, 2]) }) },
        ] as [@Sendable (ProofOps) -> ProofOps] {
            let (error, _) = try await refusal(
                Self.head { response, _ in response.proofOps = response.proofOps.map(change) })
            guard case .proofOfAnotherKind? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test("that replays an old header: in its status, or in place of the new one")
    func replay() async throws {
        let status: FakeNode.Lie = { request, _ in
            guard request.method == "status" else { return nil }
            return Array(
                #"{"jsonrpc":"2.0","id":\#(request.id),"result":{"node_info":{"network":"wattseal-test"},"#.utf8)
                + Array(#""sync_info":{"latest_block_height":"1","catching_up":false}}}"#.utf8)
        }
        let (error, bench) = try await refusal(status)
        guard case .replayedHeader(trustedHeight: 2, offeredHeight: 1, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(bench.refusals.contains { $0.contains("replayed old header") })
        let (commit, _) = try await refusal { request, node in
            guard request.method == "commit", let old = node.with({ $0.chain.blocks[1] }) else { return nil }
            return try FakeNode.reply(request.id, CommitResult(signedHeader: old.signedHeader, canonical: true))
        }
        guard case .replayedHeader(trustedHeight: 2, offeredHeight: 1, _)? = commit else {
            Issue.record("\(String(describing: commit))")
            return
        }
    }

    @Test("of another chain")
    func otherChain() async throws {
        let (error, _) = try await refusal { request, _ in
            guard request.method == "status" else { return nil }
            return Array(
                #"{"jsonrpc":"2.0","id":\#(request.id),"result":{"node_info":{"network":"other"},"#.utf8)
                + Array(#""sync_info":{"latest_block_height":"90","catching_up":false}}}"#.utf8)
        }
        #expect(error == .wrongChainID(expected: "wattseal-test", found: "other"))
    }

    @Test(
        "that sends what is no reply",
        arguments: [
            "", "{", "null", "[]", #"{"jsonrpc":"2.0"}"#, #"{"jsonrpc":"2.0","id":1,"id":1,"result":{}}"#,
            #"{"jsonrpc":"1.0","id":1,"result":{}}"#, #"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#,
            String(repeating: "[", count: 100_000),
        ])
    func malformed(_ text: String) async throws {
        let (error, _) = try await refusal { request, _ in
            request.method == "commit" ? Array(text.utf8) : nil
        }
        guard case .replyMalformed(call: "commit", _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("that answers another request than the one asked")
    func otherRequest() async throws {
        let (error, _) = try await refusal { request, node in
            guard request.method == "commit" else { return nil }
            return try node.answer(
                FakeNode.Request(id: request.id - 1, method: request.method, parameters: request.parameters))
        }
        guard case .replyToAnotherRequest(call: "commit", _, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("that never ends the list of validators")
    func endlessValidators() async throws {
        let bench = try Bench()
        bench.node.with { world in
            world.lie = { request, node in
                guard request.method == "validators", let block = node.with({ $0.chain.blocks[1] }) else { return nil }
                return try FakeNode.reply(
                    request.id,
                    ValidatorsResult(
                        blockHeight: request.height, validators: block.validators.validators, total: 1 << 40))
            }
        }
        guard case .refused(.replyMalformed(call: "validators", _))? = await bench.turn().last else {
            Issue.record("an endless list was read")
            return
        }
        #expect(bench.node.with { $0.calls["validators"] } == NodeClient.maximumPages)
    }
}
