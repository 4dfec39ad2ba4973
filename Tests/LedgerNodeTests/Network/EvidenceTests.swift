import Crypto
import Foundation
import Ledger
import LightClient
import Testing

@testable import LedgerNode

/// /broadcast_evidence: what is true goes into the next block, what is not is refused in CometBFT's words.
@Suite("Evidence", .serialized)
struct EvidenceTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    private struct RecordedAttack: Decodable {
        let name: String
        let text: Raw
        let protobuf: String
        let hash: String

        /// JSON as it stands.
        struct Raw: Decodable {
            let evidence: Evidence
            init(from decoder: any Decoder) throws { evidence = try Evidence(from: decoder) }
        }
        private enum CodingKeys: String, CodingKey {
            case name
            case text = "evidence_json"
            case protobuf = "evidence_proto"
            case hash = "evidence_hash"
        }
    }

    @Test("recorded evidence is read, and encoded as CometBFT encoded it")
    func recorded() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = folder.appendingPathComponent("Vectors/cometbft/generated/main4-attacks.json")
        let attacks = try RPCJSON.decode([RecordedAttack].self, from: [UInt8](try Data(contentsOf: file)))
        #expect(attacks.count >= 2)
        for attack in attacks {
            let evidence = attack.text.evidence
            #expect(Hex.encode(evidence.item) == attack.protobuf.lowercased(), "\(attack.name)")
            #expect(evidence.hash.hex == attack.hash.lowercased(), "\(attack.name)")
            #expect(try Evidence(json: evidence.json) == evidence)
        }
    }

    // MARK: Attacks on light clients

    /// Evidence as a light client makes it, of what the second address told.
    private func evidence(_ rig: NodeUnderTest, common: Int64, at height: Int64) async throws -> AttackEvidence {
        try AttackEvidence(
            conflicting: try await NodeUnderTest.block(height, from: rig.second),
            trusted: try await NodeUnderTest.block(height, from: rig.main),
            common: try await NodeUnderTest.block(common, from: rig.main))
    }

    private func broadcast(_ rig: NodeUnderTest, _ json: [UInt8]) async throws -> RawHTTP.Answer {
        try await rig.main.post(
            #"{"jsonrpc":"2.0","id":1,"method":"broadcast_evidence","params":{"evidence":"#
                + String(decoding: json, as: UTF8.self) + "}}")
    }

    private func refusal(_ rig: NodeUnderTest, _ json: [UInt8]) async throws -> String {
        let answer = try await broadcast(rig, json)
        #expect(answer.status == 200)
        return try RawHTTP.failure(in: answer).data ?? ""
    }

    @Test("lunatic, equivocation and amnesia are taken, hashed into the next header, and told to the application")
    func attacks() async throws {
        try await NodeUnderTest.run(home) { rig in
            for kind in [NodeFault.Fork.lunatic, .equivocation, .amnesia] {
                let common = await rig.node.height
                try await rig.control.set(.fork(kind, from: nil, signers: [], to: .second))
                try await rig.makeBlocks()
                let report = try await evidence(rig, common: common, at: common + 2)
                #expect(report.kind.rawValue == kind.rawValue)
                let json = try RPCJSON.encode(report)
                let before = await rig.node.height
                let answer = try await broadcast(rig, json)
                let name = Base64.encode(try report.hash().bytes)
                #expect(answer.text.contains(#""result":{"hash":"\#(name)"}"#), "\(answer.text)")
                try await rig.reach(before + 1)
                let block = try await NodeUnderTest.block(before + 1, from: rig.main)
                #expect(block.header.evidenceHash == BlockHashes.evidence([report.protobuf]), "\(kind)")
                let page = try await rig.main.get("/block?height=\(before + 1)").text
                #expect(page.contains("tendermint/LightClientAttackEvidence"))
                // Again: taken without a word, and not put into a block twice.
                let again = try await broadcast(rig, json)
                #expect(again.text.contains(name))
                try await rig.control.clear(nil)
                try await rig.makeBlocks()
                let after = try await NodeUnderTest.block(await rig.node.height, from: rig.main)
                #expect(after.header.evidenceHash == BlockHashes.evidence([]))
            }
        }
    }

    @Test("evidence with anything changed is refused, with the reason")
    func falseEvidence() async throws {
        try await NodeUnderTest.run(home) { rig in
            let common = await rig.node.height
            try await rig.control.set(.fork(.lunatic, from: nil, signers: [], to: .second))
            try await rig.makeBlocks()
            let truth = try Evidence(json: try RPCJSON.encode(try await evidence(rig, common: common, at: common + 2)))
            guard case .attack(let attack) = truth else { return }
            func changed(
                conflicting: SignedHeader? = nil, validators: [Validator]? = nil, commonHeight: Int64? = nil,
                byzantine: [Validator]?? = nil, totalPower: Int64? = nil, timestamp: Timestamp? = nil
            ) -> [UInt8] {
                Evidence.attack(
                    LightClientAttack(
                        conflicting: conflicting ?? attack.conflicting, validators: validators ?? attack.validators,
                        proposer: attack.proposer, commonHeight: commonHeight ?? attack.commonHeight,
                        byzantineMembers: byzantine ?? attack.byzantineMembers,
                        totalPower: totalPower ?? attack.totalPower, timestamp: timestamp ?? attack.timestamp)
                ).json
            }
            var forged = attack.conflicting
            forged.commit.signatures[0].signature[3] ^= 1
            var renamed = attack.conflicting
            renamed.header.dataHash = .sha256([1])
            let ours = try await NodeUnderTest.block(common + 2, from: rig.main)
            let later = try #require(attack.timestamp.advanced(byNanoseconds: 1))
            let cases: [([UInt8], String)] = [
                (changed(conflicting: forged), "wrong signature (#0)"),
                (changed(conflicting: renamed), "failed to add evidence"),
                (changed(validators: ours.validators.validators), "the validators are not the header's"),
                (changed(commonHeight: 9_999), "don't have header #9999"),
                (changed(commonHeight: common + 1), "has a different time"),
                (changed(byzantine: .some(nil)), "expected 2 byzantine validators from evidence but got 0"),
                (changed(byzantine: [attack.byzantine[0], attack.byzantine[0]]), "unexpected byzantine validator"),
                (changed(totalPower: 5), "does not match (5 != 4)"), (changed(timestamp: later), "different time"),
                (
                    changed(
                        conflicting: ours.signedHeader, validators: ours.validators.validators),
                    "trusted header hash matches"
                ),
            ]
            for (json, reason) in cases {
                let found = try await refusal(rig, json)
                #expect(found.contains(reason), "expected \(reason), got \(found)")
            }
            // A second chain of one validator in four: nobody who trusts the common block would have gone there.
            try await rig.control.set(.fork(.lunatic, from: common + 1, signers: ["validator-0"], to: .second))
            let lonely = try RPCJSON.encode(try await evidence(rig, common: common, at: common + 2))
            let few = try await refusal(rig, lonely)
            #expect(few.contains("skipping verification of conflicting block failed"), "\(few)")
            #expect(few.contains("got 1, needed more than 1"), "\(few)")
            #expect(try await refusal(rig, Array("{}".utf8)).contains("evidence"))
            #expect(try await refusal(rig, Array("null".utf8)).contains("no evidence was provided"))
            let before = await rig.node.height
            try await rig.makeBlocks()
            for height in before + 1...(await rig.node.height) {
                let header = try await NodeUnderTest.block(height, from: rig.main).header
                #expect(header.evidenceHash == BlockHashes.evidence([]), "nothing of it came into a block")
            }
        }
    }

    // MARK: Two votes

    @Test("two votes of one validator are taken where both signatures are its own, and refused otherwise")
    func duplicateVotes() async throws {
        try await NodeUnderTest.run(home) { rig in
            let block = try await NodeUnderTest.block(2, from: rig.main)
            let key = try KeyFile.load(home.path + "/home/validator-2.key")
            let member = try #require(
                block.validators.validators.first {
                    $0.publicKey == .ed25519(Array(key.publicKey.rawRepresentation))
                })
            func vote(_ byte: UInt8, round: Int32 = 0, signedBy other: Curve25519.Signing.PrivateKey? = nil) throws
                -> SignedVote
            {
                let blockID = BlockID(
                    hash: .sha256([byte]), parts: PartSetHeader(total: 1, hash: .sha256([byte, byte])))
                let message = Vote.signBytes(
                    chainID: "wattseal-test", height: 2, round: round, blockID: blockID,
                    timestamp: block.header.time)
                return SignedVote(
                    type: 2, height: 2, round: round, blockID: blockID, timestamp: block.header.time,
                    validator: member.address, index: 0, signature: Array(try (other ?? key).signature(for: message)))
            }
            func evidence(_ one: SignedVote, _ two: SignedVote, power: Int64 = 1, inOrder: Bool = true) -> Evidence {
                let isFirst = (one.blockID.hash?.bytes ?? []).lexicographicallyPrecedes(two.blockID.hash?.bytes ?? [])
                let (first, second) = isFirst == inOrder ? (one, two) : (two, one)
                return .duplicateVote(
                    DuplicateVote(
                        first: first, second: second, totalPower: 4, validatorPower: power,
                        timestamp: block.header.time))
            }
            let stranger = Curve25519.Signing.PrivateKey()
            let cases: [(Evidence, String)] = [
                (evidence(try vote(1), try vote(1)), "block IDs are the same"),
                (evidence(try vote(1), try vote(2), inOrder: false), "duplicate votes in invalid order"),
                (evidence(try vote(1), try vote(2, round: 1)), "h/r/s does not match"),
                (evidence(try vote(1), try vote(2), power: 2), "validator power"),
                (evidence(try vote(1), try vote(2, signedBy: stranger)), "invalid signature"),
            ]
            for (piece, reason) in cases {
                let found = try await refusal(rig, piece.json)
                #expect(found.contains(reason), "expected \(reason), got \(found)")
            }
            let truth = evidence(try vote(1), try vote(2))
            let before = await rig.node.height
            #expect(try await broadcast(rig, truth.json).text.contains(Base64.encode(truth.hash.bytes)))
            try await rig.reach(before + 1)
            let next = try await NodeUnderTest.block(before + 1, from: rig.main)
            #expect(next.header.evidenceHash == BlockHashes.evidence([truth.item]))
            #expect(truth.misbehavior.map(\.kind) == [1])
        }
    }

    // MARK: The rest

    /// Keeps what it is told about misbehaviour; otherwise the ledger.
    private final class Listening: Application {
        let ledger: LedgerApplication
        var heard: [ABCI.Misbehavior] = []
        init(_ ledger: LedgerApplication) { self.ledger = ledger }
        func info() -> ApplicationInfo { ledger.info() }
        func initChain(_ request: InitChainRequest) throws(LedgerNodeError) -> [UInt8] { try ledger.initChain(request) }
        func query(_ request: QueryRequest) throws(LedgerNodeError) -> ABCIQueryResponse { try ledger.query(request) }
        func owedSignatures(of transaction: ReadTransaction) throws(LedgerNodeError) -> [OwedSignature] {
            try ledger.owedSignatures(of: transaction)
        }
        func remember(_ signature: OwedSignature) { ledger.remember(signature) }
        func checkTx(_ transaction: [UInt8]) throws(LedgerNodeError) -> TransactionResult {
            try ledger.checkTx(transaction)
        }
        func prepareProposal(
            _ transactions: [[UInt8]], maximumBytes: Int, time: Timestamp
        ) throws(LedgerNodeError) -> [[UInt8]] {
            try ledger.prepareProposal(transactions, maximumBytes: maximumBytes, time: time)
        }
        func processProposal(_ transactions: [[UInt8]]) -> Bool { ledger.processProposal(transactions) }
        func finalizeBlock(_ request: FinalizeBlockRequest) throws(LedgerNodeError) -> FinalizeBlockResponse {
            heard += request.misbehavior
            return try ledger.finalizeBlock(request)
        }
        func commit() throws(LedgerNodeError) { try ledger.commit() }
    }

    @Test("a block's evidence reaches the application as misbehaviour, and is there again after a restart")
    func application() throws {
        let configuration = try home.configuration()
        let folder = try NodeHome(configuration)
        let store = try LedgerStore(path: folder.databasePath)
        let application = Listening(try LedgerApplication(store: store, chainID: folder.genesis.chainID))
        let chain = try StandaloneChain(
            application: application, store: store, home: folder, clock: configuration.clock)
        for _ in 0..<3 { _ = try chain.makeBlock([]) }
        var fork = ForkedChain(
            kind: .lunatic, start: 3, signers: Set(chain.validators.set.validators.prefix(2).map(\.address)))
        let lie = try #require(try fork.twin(at: 3, of: chain))
        let common = try #require(try chain.block(at: 2))
        let evidence = Evidence.attack(
            LightClientAttack(
                conflicting: SignedHeader(header: lie.header, commit: lie.commit),
                validators: fork.validators(chain.validators.set).validators, proposer: nil, commonHeight: 2,
                byzantineMembers: Array(chain.validators.set.validators.prefix(2)), totalPower: 4,
                timestamp: common.header.time))
        let block = try chain.makeBlock([], evidence: [evidence])
        #expect(application.heard.map(\.kind) == [2, 2] && application.heard.allSatisfy { $0.height == 2 })
        #expect(application.heard.map(\.totalVotingPower) == [4, 4])
        let stored = try #require(try store.block(at: 4))
        #expect(stored.block == block.block && stored.aftermath.evidence == [evidence])
        #expect(try store.hasEvidence(evidence.hash))
    }

    @Test("evidence ends only when it is too old in blocks and in time")
    func age() throws {
        let now = try Timestamp(seconds: 1_000_000)
        let set = try ValidatorSet([try Validator(publicKey: .ed25519([UInt8](repeating: 1, count: 32)), power: 1)])
        let old = try Timestamp(seconds: 1_000)
        let header = Header(
            version: .init(app: 1), chainID: "c", height: 5, time: old, lastBlockID: .zero, lastCommitHash: nil,
            dataHash: nil, validatorsHash: set.hash(), nextValidatorsHash: set.hash(), consensusHash: nil, appHash: [],
            lastResultsHash: nil, evidenceHash: nil, proposerAddress: nil)
        func refusal(blocks: Int64, seconds: Int64) -> String {
            let verifier = EvidenceVerifier(
                chain: .init(
                    id: "c", height: 100, time: now, maximumAgeBlocks: blocks, maximumAge: .seconds(seconds),
                    signedHeader: { (_) throws(LedgerNodeError) in SignedHeader(header: header, commit: .empty) },
                    validators: { (_) throws(LedgerNodeError) in set }))
            let vote = SignedVote(
                type: 2, height: 5, round: 0, blockID: .zero, timestamp: old,
                validator: set.validators[0].address, index: 0, signature: [])
            let votes = DuplicateVote(first: vote, second: vote, totalPower: 1, validatorPower: 1, timestamp: old)
            do {
                try verifier.verify(.duplicateVote(votes))
                return ""
            } catch { return "\(error)" }
        }
        #expect(refusal(blocks: 94, seconds: 998_999).contains("too old"))
        #expect(!refusal(blocks: 95, seconds: 998_999).contains("too old"))
        #expect(!refusal(blocks: 94, seconds: 999_000).contains("too old"))
    }
}
