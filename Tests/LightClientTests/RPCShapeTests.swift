import Foundation
import LightClient
import Testing

/// What we read and write has CometBFT's shapes, to the last quote.
struct RPCShapeTests {
    /// The result of a recorded reply as a plain tree.
    private func tree(_ path: String) throws -> NSDictionary {
        let reply = try JSONSerialization.jsonObject(with: Data(try Vectors.bytes(path)))
        return try #require((reply as? NSDictionary)?["result"] as? NSDictionary)
    }

    private func written(_ value: some Encodable) throws -> NSDictionary {
        try #require(
            try JSONSerialization.jsonObject(with: Data(try RPCJSON.encode(value))) as? NSDictionary)
    }

    @Test func commitsAreWrittenAsRead() throws {
        for name in try Vectors.names("main4", prefix: "commit") + ["misc-commit-latest.json"] {
            let result = try Vectors.result(CommitResult.self, "main4/" + name)
            #expect(try written(result) == tree("main4/" + name), "\(name)")
        }
        #expect(try Vectors.result(CommitResult.self, "main4/misc-commit-latest.json").canonical == false)
    }

    @Test func headersAndValidatorsAreWrittenAsRead() throws {
        for name in try Vectors.names("main4", prefix: "header") + ["misc-header_by_hash.json"] {
            #expect(
                try written(try Vectors.result(HeaderResult.self, "main4/" + name)) == tree("main4/" + name))
        }
        for name in try Vectors.names("main4", prefix: "validators") + Vectors.names("main4", prefix: "misc-validators")
        {
            let result = try Vectors.result(ValidatorsResult.self, "main4/" + name)
            #expect(try written(result) == tree("main4/" + name))
            #expect(result.count == Int64(result.validators.count))
        }
    }

    @Test func blocksAreWrittenAsRead() throws {
        for name in try Vectors.names("main4", prefix: "block-") {
            let block = try Vectors.result(BlockReply.self, "main4/" + name).block
            #expect(try written(block) == (try tree("main4/" + name)["block"] as? NSDictionary), "\(name)")
        }
    }

    @Test func queriesAreWrittenAsRead() throws {
        let names = try Vectors.names("proof1", prefix: "query").map { "proof1/" + $0 }
        for name in names + ["main4/misc-abci_query-prove.json", "main4/misc-abci_query-missing.json"] {
            let result = try Vectors.result(ABCIQueryResult.self, name)
            #expect(try written(result) == tree(name), "\(name)")
        }
    }

    @Test func transactionProofsAreWrittenAsRead() throws {
        for name in try Vectors.names("main4", prefix: "tx-0") {
            let proof = try #require(try Vectors.result(TransactionReply.self, "main4/" + name).proof)
            #expect(try written(proof) == (try tree("main4/" + name)["proof"] as? NSDictionary))
        }
        #expect(try Vectors.result(TransactionReply.self, "main4/misc-tx-noprove.json").proof == nil)
    }

    @Test func errorsComeAsErrors() throws {
        for (name, words) in [
            ("misc-commit-too-high.json", "must be less than or equal to"), ("misc-tx-unknown.json", "not found"),
        ] {
            let reply = try RPCJSON.decode(RPCReply<CommitResult>.self, from: try Vectors.bytes("main4/" + name))
            guard case .failure(let failure) = reply.outcome else {
                Issue.record("\(name) is an error")
                continue
            }
            #expect(failure.code == -32603)
            #expect(failure.data?.contains(words) == true)
        }
    }

    @Test func replies() throws {
        func read(_ text: String) throws -> RPCReply<HeaderResult>.Outcome {
            try RPCJSON.decode(RPCReply<HeaderResult>.self, from: Array(text.utf8)).outcome
        }
        guard case .result(let result) = try read(#"{"jsonrpc":"2.0","id":"x","result":{"header":null}}"#) else {
            Issue.record("expected a result")
            return
        }
        #expect(result.header == nil)
        for text in [
            #"{"jsonrpc":"2.0","id":1}"#, #"{"jsonrpc":"1.0","result":{"header":null}}"#,
            #"{"id":1,"result":{"header":null}}"#,
            #"{"jsonrpc":"2.0","result":{"header":null},"error":{"code":1,"message":"m","data":"d"}}"#,
            #"{"jsonrpc":"2.0","result":null}"#, "[]", "null",
        ] {
            #expect(throws: LightClientError.self, "\(text)") { try read(text) }
        }
    }

    // MARK: What Go leaves out, and what it never writes

    private static let signature = String(repeating: "A", count: 86) + "=="

    private func entry(_ text: String) throws -> CommitSig {
        try RPCJSON.decode(CommitSig.self, from: Array(text.utf8))
    }

    @Test func absentEntries() throws {
        let time = "\"timestamp\":\"0001-01-01T00:00:00Z\""
        #expect(try entry(#"{"block_id_flag":1,"validator_address":"",\#(time),"signature":null}"#) == .absent)
        #expect(try entry(#"{"block_id_flag":1,"validator_address":"",\#(time),"signature":""}"#) == .absent)
        #expect(
            try entry(#"{"block_id_flag":1,"validator_address":null,"timestamp":null,"signature":null}"#) == .absent)
        for flag in ["0", "4", "-1", "256", "\"1\"", "null", "1.5"] {
            #expect(throws: LightClientError.self, "\(flag)") {
                try entry(#"{"block_id_flag":\#(flag),"validator_address":"",\#(time),"signature":null}"#)
            }
        }
        #expect(throws: LightClientError.self) { try entry(#"{"validator_address":"",\#(time),"signature":null}"#) }
        #expect(
            refusal {
                _ = try entry(#"{"block_id_flag":2,"validator_address":"AB",\#(time),"signature":null}"#)
            } == .unexpectedJSON(path: "validator_address", reason: "expected 0 or 20 bytes, got 1"))
    }

    @Test func integers() throws {
        func height(_ text: String) throws -> Int64 {
            try RPCJSON.decode(
                Commit.self, from: Array(#"{"height":\#(text),"round":0,"block_id":null,"signatures":null}"#.utf8)
            ).height
        }
        #expect(try height("\"20\"") == 20)
        #expect(try height("\"-9223372036854775808\"") == .min)
        for text in [
            "20", "\"\"", "\"+1\"", "\"01\"", "\"1.0\"", "\" 1\"", "\"1e3\"", "\"9223372036854775808\"", "\"-0\"",
            "null",
            "\"0x10\"", "\"１\"",
        ] {
            #expect(throws: LightClientError.self, "\(text)") { try height(text) }
        }
        for round in ["\"0\"", "2147483648", "0.5", "null"] {
            #expect(throws: LightClientError.self, "\(round)") {
                try RPCJSON.decode(
                    Commit.self,
                    from: Array(#"{"height":"1","round":\#(round),"block_id":null,"signatures":[]}"#.utf8))
            }
        }
    }

    @Test func headersWithGaps() throws {
        let text = #"""
            {"version":{"block":"11"},"chain_id":"c","height":"1","time":"1970-01-01T00:00:01Z","last_block_id":null,
            "last_commit_hash":null,"data_hash":"","validators_hash":"\#(String(repeating: "aB", count: 32))",
            "next_validators_hash":null,"consensus_hash":null,"app_hash":"","last_results_hash":null,
            "evidence_hash":null,"proposer_address":"\#(String(repeating: "0c", count: 20))"}
            """#
        let header = try RPCJSON.decode(Header.self, from: Array(text.utf8))
        #expect(header.version == Header.Version(block: 11, app: 0))
        #expect(header.lastBlockID.isZero)
        #expect(header.lastCommitHash == nil)
        #expect(header.validatorsHash?.hex == String(repeating: "ab", count: 32))
        try header.checkStructure()
        let odd = text.replacing("\"data_hash\":\"\"", with: "\"data_hash\":\"AB\"")
        #expect(
            refusal { _ = try RPCJSON.decode(Header.self, from: Array(odd.utf8)) }
                == .unexpectedJSON(path: "data_hash", reason: "expected 0 or 32 bytes, got 1"))
        let late = text.replacing("1970-01-01T00:00:01Z", with: "1970-01-01T00:00:61Z")
        guard
            case .unexpectedJSON(path: "time", _) = refusal({
                _ = try RPCJSON.decode(Header.self, from: Array(late.utf8))
            })
        else {
            Issue.record("a 61st second was accepted")
            return
        }
    }

    @Test func unknownKeyTypesAreNamed() {
        let text = #"""
            {"address":"\#(String(repeating: "0c", count: 20))","pub_key":{"type":"future/PubKey","value":"AAAA"},
            "voting_power":"1","proposer_priority":"0"}
            """#
        #expect(
            refusal { _ = try RPCJSON.decode(Validator.self, from: Array(text.utf8)) }
                == .unsupportedKeyType("future/PubKey"))
    }

    @Test func missingCommit() throws {
        let text = #"{"signed_header":{"header":null,"commit":null},"canonical":false}"#
        let result = try RPCJSON.decode(CommitResult.self, from: Array(text.utf8))
        #expect(result.signedHeader == nil)
        #expect(try written(result) == written(try RPCJSON.decode(CommitResult.self, from: RPCJSON.encode(result))))
        #expect(
            String(decoding: try RPCJSON.encode(result), as: UTF8.self)
                == #"{"canonical":false,"signed_header":{"commit":null,"header":null}}"#)
    }
}
