import Foundation
import LightClient
import Testing

/// Recorded bodies of real chains: every hash in every header is recomputed from what stands under it.
struct RealChainTests {
    static let chains: [(name: String, heights: [Int])] = [
        ("main4", Array(1...40) + [45, 52, 59, 60]), ("proof1", Array(1...14)),
        ("v0.37", Array(1...3) + Array(157...171)),
    ]

    @Test(arguments: chains.map(\.name))
    func headersCommitsAndSets(chain: String) throws {
        let heights = try #require(Self.chains.first { $0.name == chain }).heights
        var nilVotes = 0
        for height in heights {
            let block = try Vectors.lightBlock(chain, height)
            #expect(block.height == Int64(height))
            #expect(block.header.hash() == block.signedHeader.commit.blockID.hash)
            #expect(block.header.validatorsHash == block.validators.hash())
            try block.signedHeader.checkStructure(chainID: block.header.chainID)
            try Verifier.verifyCommit(block, chainID: block.header.chainID)
            try Verifier.verifyAllSignatures(block, chainID: block.header.chainID)
            #expect(try LightBlock(protobuf: block.protobuf) == block)
            #expect(try RPCJSON.decode(LightBlock.self, from: try RPCJSON.encode(block)) == block)
            nilVotes += block.signedHeader.commit.signatures.count { $0.flag == .nil }
        }
        #expect(nilVotes > 0 || chain != "main4")
    }

    @Test(arguments: chains.map(\.name))
    func bodies(chain: String) throws {
        let heights = try #require(Self.chains.first { $0.name == chain }).heights
        for height in heights where chain != "main4" || height <= 40 {
            let reply = try Vectors.result(BlockReply.self, chain + "/" + Vectors.numbered("block", height))
            let block = reply.block
            #expect(block.header.hash() == reply.blockID.hash)
            #expect(block.header.dataHash == BlockHashes.data(block.transactions))
            #expect(block.header.lastCommitHash == block.lastCommit.hash())
            #expect(block.header.evidenceHash == BlockHashes.evidence([]))
            // The parts cover every byte of header, data, evidence and last commit.
            #expect(block.blockID() == reply.blockID, "\(chain) \(height)")
            guard height > 1 else {
                #expect(block.lastCommit == .empty)
                #expect(block.header.lastBlockID.isZero)
                continue
            }
            guard heights.contains(height - 1) else { continue }
            let before = try Vectors.lightBlock(chain, height - 1)
            #expect(block.header.time == block.lastCommit.medianTime(validators: before.validators))
            #expect(before.header.nextValidatorsHash == block.header.validatorsHash)
            try Verifier.verifyBackwards(newer: block.header, older: before.header)
        }
    }

    private struct ConsensusReply: Decodable, Sendable {
        struct Parameters: Decodable, Sendable {
            struct Limits: Decodable, Sendable {
                let maxBytes: String
                let maxGas: String
                private enum CodingKeys: String, CodingKey {
                    case maxBytes = "max_bytes"
                    case maxGas = "max_gas"
                }
            }
            let block: Limits
        }
        let parameters: Parameters
        private enum CodingKeys: String, CodingKey {
            case parameters = "consensus_params"
        }
    }
    private struct ResultsReply: Decodable, Sendable {
        let results: [TransactionResultDigest]?
        private enum CodingKeys: String, CodingKey {
            case results = "txs_results"
        }
    }

    @Test func parametersAndResults() throws {
        var withResults = 0
        for height in 1...40 {
            let header = try Vectors.signedHeader("main4", height).header
            let limits = try Vectors.result(
                ConsensusReply.self, "main4/" + Vectors.numbered("consensus_params", height)
            ).parameters.block
            #expect(
                header.consensusHash
                    == BlockHashes.consensus(
                        maxBytes: try #require(Int64(limits.maxBytes)), maxGas: try #require(Int64(limits.maxGas))))
            guard height < 40 else { continue }
            let results =
                try Vectors.result(
                    ResultsReply.self, "main4/" + Vectors.numbered("block_results", height)
                ).results ?? []
            withResults += results.isEmpty ? 0 : 1
            let next = try Vectors.signedHeader("main4", height + 1).header
            #expect(next.lastResultsHash == BlockHashes.results(results))
        }
        #expect(withResults > 5)
    }

    @Test func resultItems() throws {
        #expect(TransactionResultDigest(code: 0).hashedItem.isEmpty)
        #expect(
            BlockHashes.results([TransactionResultDigest(code: 0)]).hex
                == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        let full = TransactionResultDigest(code: 5, data: [1, 2], gasWanted: -1, gasUsed: 3)
        #expect(Hex.encode(full.hashedItem) == "080512020102" + "28ffffffffffffffffff01" + "3003")
    }

    @Test func transactions() throws {
        let names = try Vectors.names("main4", prefix: "tx-0")
        #expect(names.count == 64)
        for name in names {
            let reply = try Vectors.result(TransactionReply.self, "main4/" + name)
            let header = try Vectors.signedHeader("main4", Int(reply.height)).header
            let dataHash = try #require(header.dataHash)
            try reply.verify(dataHash: dataHash)
            let proof = try #require(reply.proof)
            #expect(throws: LightClientError.self) { try reply.verify(dataHash: .sha256([])) }
            #expect(throws: LightClientError.self) {
                try proof.verify(transaction: reply.transaction + [0], dataHash: dataHash)
            }
            var otherClaim = proof
            otherClaim.rootHash = .sha256([1])
            #expect(throws: LightClientError.self) {
                try otherClaim.verify(transaction: reply.transaction, dataHash: dataHash)
            }
            #expect(try RPCJSON.decode(TransactionProof.self, from: try RPCJSON.encode(proof)) == proof)
        }
    }

    @Test func transactionProofsMadeHere() throws {
        let reply = try Vectors.result(BlockReply.self, "main4/block-013.json")
        let (root, proofs) = BlockHashes.dataProofs(reply.block.transactions)
        #expect(root == reply.block.header.dataHash)
        let recorded = try Vectors.result(TransactionReply.self, "main4/tx-013-02.json")
        #expect(recorded.proof?.proof == proofs[2])
    }
}
