import ChargerSamples
import Foundation
import Ledger
import LightClient
import Quantities
import SignedRecords
import Testing

@testable import LedgerNode

/// The RPC of a running node, over real HTTP: shapes, limits and errors of facts about CometBFT v0.38.
@Suite("RPC")
struct RPCTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    private func withNode(
        interval: Int64 = 20, validators: Int = 4, _ work: (LedgerNode, RawHTTP) async throws -> Void
    ) async throws {
        let node = try await LedgerNode.start(try home.configuration(interval: interval, validators: validators))
        do { try await work(node, RawHTTP(port: node.port)) } catch {
            await node.stop()
            throw error
        }
        await node.stop()
    }

    private func transfer(_ nonce: UInt64, amount: Int64 = 5) throws -> [UInt8] {
        try SignedTransaction.sign(
            .transfer(to: AccountID(hashing: [1]), amount: Microunits(amount)), nonce: nonce,
            key: try SampleCharger.key("payer"), ledger: try LedgerChainID("wattseal-test")
        ).bytes
    }

    // MARK: Shapes

    /// The names of all members, with the kind of each value: `result.sync_info.catching_up bool`.
    private static func shape(_ value: Any, _ path: String = "") -> Set<String> {
        if let object = value as? [String: Any] {
            return object.reduce(into: [path + " object"]) { $0.formUnion(shape($1.value, path + "." + $1.key)) }
        }
        if let array = value as? [Any] {
            return array.prefix(1).reduce(into: [path + " array"]) { $0.formUnion(shape($1, path + "[]")) }
        }
        if value is NSNull { return [path + " null"] }
        if value is String { return [path + " string"] }
        return [path + " other"]
    }

    private static func recorded(_ name: String) throws -> Any {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let file = folder.appendingPathComponent("Vectors/\(name).json")
        return try JSONSerialization.jsonObject(with: Data(contentsOf: file))
    }

    @Test("answers have the members and kinds of values of the recorded ones")
    func shapes() async throws {
        try await withNode { (node, http) async throws in
            let wallet = try Wallet(rpc: node.url)
            let receipt = try await wallet.send(try transfer(0))
            let hash = Hex.encode(receipt.hash)
            let calls = [
                ("rpc/status", "/status", []), ("cometbft/main4/commit-010", "/commit?height=2", []),
                ("cometbft/main4/misc-validators-h52-p2-pp20", "/validators?height=2&per_page=2", []),
                ("cometbft/main4/header-010", "/header?height=2", []),
                ("cometbft/main4/block-008", "/block?height=\(receipt.height)", []),
                ("rpc/blockchain", "/blockchain?minHeight=1&maxHeight=2", []),
                (
                    "cometbft/main4/tx-008-01", "/tx?hash=0x\(hash)&prove=true",
                    [".result.tx_result.events", ".result.proof.proof.aunts"]
                ),
                ("cometbft/main4/misc-abci_query-missing", "/abci_query?path=%22/key%22&data=0x6b", []),
                ("rpc/abci_info", "/abci_info", []), ("rpc/health", "/health", []),
                ("rpc/genesis", "/genesis", [".result.genesis.app_state"]),
                ("rpc/num_unconfirmed_txs", "/num_unconfirmed_txs", []),
                ("rpc/net_info", "/net_info", [".result.peers"]),
                ("rpc/broadcast_tx_sync", "/broadcast_tx_sync?tx=0x00", []), ("rpc/check_tx", "/check_tx?tx=0x00", []),
                ("cometbft/main4/misc-commit-too-high", "/commit?height=100000", []),
            ]
            for (name, target, different) in calls {
                let ours = Self.shape(try JSONSerialization.jsonObject(with: Data(try await http.get(target).body)))
                let theirs = Self.shape(try Self.recorded(name))
                let difference = ours.symmetricDifference(theirs).filter { entry in
                    !different.contains { entry.hasPrefix($0) }
                }
                #expect(difference.isEmpty, "\(name): \(difference.sorted())")
            }
        }
    }

    @Test("wrong heights, pages, parameters and methods get CometBFT's errors")
    func errors() async throws {
        try await withNode { (node, http) async throws in
            let cases: [(String, Int, String)] = [
                ("/commit?height=0", -32603, "height must be greater than 0, but got 0"),
                ("/commit?height=-3", -32603, "height must be greater than 0, but got -3"),
                (
                    "/commit?height=abc", -32602,
                    "error converting http params to arguments: invalid 64-bit integer encoding \"abc\", expected string"
                ),
                ("/validators?height=1&page=99&per_page=2", -32603, "page should be within [1, 2] range, given 99"),
                ("/validators?height=1&page=0", -32603, "page should be within [1, 1] range, given 0"),
                (
                    "/tx?hash=0x" + String(repeating: "AB", count: 32), -32603,
                    "tx (" + String(repeating: "AB", count: 32) + ") not found"
                ),
                ("/blockchain?minHeight=-1", -32603, "heights must be non-negative"),
            ]
            // The chain may grow between the two looks.
            let before = await node.height
            let tooHigh = try await http.failure("/commit?height=100000")
            let heights = before...(await node.height)
            #expect(tooHigh.code == -32603)
            #expect(
                heights.contains {
                    tooHigh.data == "height 100000 must be less than or equal to the current blockchain height \($0)"
                }, "\(tooHigh)")
            for (target, code, data) in cases {
                let failure = try await http.failure(target)
                #expect(failure.code == code && failure.data == data, "\(target): \(failure)")
            }
            for target in [
                "/tx?hash=zz", "/abci_query?data=0x0", "/abci_query?path=/key", "/tx?prove=maybe&hash=0x00",
                "/commit?height=%zz",
            ] {
                #expect(try await http.failure(target).code == -32602, "\(target)")
            }
            #expect(try await http.get("/nosuch").status == 404)
            #expect(try await http.get("/nosuch").text == "404 page not found\n")
            #expect(try await http.get("/v1/health").status == 200)
            #expect(
                try await http.exchange(Array("PUT / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".utf8)).status
                    == 405)
            #expect(try await http.get("/commit?height=1").status == 200)
            #expect(try await http.get("/commit?height=%221%22").status == 200)
            let unknown = try await http.result("/header_by_hash?hash=0x00", as: HeaderResult.self)
            #expect(unknown.header == nil)
        }
    }

    @Test("POST: integers in strings, bytes in base64 or hex, lists, batches, notifications")
    func posts() async throws {
        try await withNode { (node, http) async throws in
            func post(_ method: String, _ params: String) async throws -> RawHTTP.Answer {
                try await http.post("{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"\(method)\",\"params\":\(params)}")
            }
            let good = try await post("commit", "{\"height\":\"2\"}")
            #expect(good.status == 200 && good.text.contains("\"id\":\"a\""))
            let number = try await post("commit", "{\"height\":2}")
            #expect(number.status == 200)
            #expect(
                try RawHTTP.failure(in: number).data
                    == "error converting json params to arguments: invalid 64-bit integer encoding \"2\", expected string"
            )
            #expect(try await post("commit", "[\"2\"]").text == good.text)
            #expect(try RawHTTP.failure(in: try await post("commit", "[\"2\",\"3\"]")).code == -32602)
            #expect(try RawHTTP.failure(in: try await post("commit", "5")).code == -32602)
            #expect(try RawHTTP.failure(in: try await post("nosuch", "{}")).code == -32601)
            #expect(try RawHTTP.failure(in: try await post("block_by_hash", "{\"hash\":\"!!\"}")).code == -32602)
            #expect(try RawHTTP.failure(in: try await post("tx", "{\"hash\":7}")).code == -32602)
            let key = Hex.encode(StateKey.parameters.bytes)
            let query = try await post(
                "abci_query", "{\"path\":\"/key\",\"data\":\"\(key)\",\"height\":\"1\",\"prove\":true}")
            #expect(query.text.contains("\"height\":\"1\"") && query.text.contains("ics23:smt"))
            let batch = try await http.post(
                "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"health\"},{\"jsonrpc\":\"2.0\",\"method\":\"health\"},"
                    + "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"nosuch\"}]")
            #expect(
                batch.text
                    == "[{\"id\":1,\"jsonrpc\":\"2.0\",\"result\":{}},"
                    + "{\"error\":{\"code\":-32601,\"message\":\"Method not found\"},\"id\":2,\"jsonrpc\":\"2.0\"}]")
            let call = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"health\"}"
            #expect(
                try await http.post("[" + [String](repeating: call, count: 10).joined(separator: ",") + "]").status
                    == 200)
            #expect(
                try await http.post("[" + [String](repeating: call, count: 11).joined(separator: ",") + "]").status
                    == 500)
            for broken in ["", "{", "[", "{}", "{\"method\":\"health\",\"method\":\"status\",\"id\":1}", "\u{0}"] {
                let answer = try await http.post(broken)
                #expect(answer.status == 500, "\(broken): \(answer.text)")
            }
            #expect(try await http.post(call, to: "/commit").status == 404)
        }
    }

    @Test("a body beyond a million bytes is refused, whether it says so or not; the node goes on")
    func largeBodies() async throws {
        try await withNode { (node, http) async throws in
            let body = [UInt8](repeating: 0x20, count: 1_000_001)
            #expect(try await http.post(body).status == 413)
            let head = "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
            let chunk = Array("\(String(body.count, radix: 16))\r\n".utf8) + body + Array("\r\n0\r\n\r\n".utf8)
            #expect(try await http.exchange(Array(head.utf8) + chunk).status == 413)
            #expect(try await http.get("/health").status == 200)
        }
    }

    @Test("pages of validators add up to the set, and the set to the header's hash")
    func validatorPages() async throws {
        try await withNode(validators: 37) { (node, http) async throws in
            var found: [Validator] = []
            for page in 1...4 {
                let result = try await http.result(
                    "/validators?height=2&page=\(page)&per_page=10", as: ValidatorsResult.self)
                #expect(result.total == 37 && result.blockHeight == 2)
                found += result.validators
            }
            #expect(found.count == 37)
            let header = try #require(try await http.result("/header?height=2", as: HeaderResult.self).header)
            #expect(try ValidatorSet(found).hash() == header.validatorsHash)
            #expect(try await http.result("/validators?height=2", as: ValidatorsResult.self).count == 30)
            #expect(try await http.result("/validators?height=2&per_page=1000", as: ValidatorsResult.self).count == 37)
            // The set of the block to come is known.
            let before = await node.height
            let named = try await http.result("/validators", as: ValidatorsResult.self).blockHeight
            #expect((before + 1...(await node.height) + 1).contains(named))
        }
    }

    // MARK: Transactions

    @Test("a transaction is in a block, proved by data_hash, and its state by the next header, which is there at once")
    func transaction() async throws {
        try await withNode { (node, http) async throws in
            let wallet = try Wallet(rpc: node.url)
            let bytes = try transfer(0)
            let receipt = try await wallet.send(bytes)
            let reply = try await http.result(
                "/tx?hash=0x\(Hex.encode(receipt.hash))&prove=true", as: TransactionReply.self)
            let commit = try await http.result("/commit?height=\(receipt.height)", as: CommitResult.self)
            let header = try #require(commit.signedHeader?.header)
            #expect(commit.canonical)
            try reply.verify(dataHash: try #require(header.dataHash))
            #expect(reply.transaction == bytes && reply.result.code == 0)
            let next = try #require(
                try await http.result("/header?height=\(receipt.height + 1)", as: HeaderResult.self).header)
            let key = StateKey.account(AccountID(hashing: [1])).bytes
            let query = try await http.result(
                "/abci_query?path=%22/key%22&data=0x\(Hex.encode(key))&height=\(receipt.height)&prove=true",
                as: ABCIQueryResult.self)
            try query.response.verify(appHash: next.appHash, expected: [.init(type: "ics23:smt", key: key)])
            #expect(try Account(decoding: query.response.value).balance == Microunits(5))
            // Sent again it is known.
            #expect(
                try await http.failure("/broadcast_tx_sync?tx=0x\(Hex.encode(bytes))").data
                    == "tx already exists in cache")
        }
    }

    @Test("CheckTx's refusals come back at once; nonces that wait for others are brought in together")
    func broadcast() async throws {
        try await withNode { (node, http) async throws in
            let bad = try await http.get("/broadcast_tx_commit?tx=0x\(Hex.encode(try transfer(5_000)))")
            #expect(bad.status == 200 && bad.text.contains("\"code\":3") && bad.text.contains("\"height\":\"0\""))
            let async = try await http.get("/broadcast_tx_async?tx=0x\(Hex.encode(try transfer(5_001)))")
            #expect(async.status == 200 && async.text.contains("\"code\":0"))
            let large = Base64.encode([UInt8](repeating: 0, count: Transaction.maximumBytes + 1))
            let refused = try await http.post(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"broadcast_tx_sync\",\"params\":{\"tx\":\"\(large)\"}}")
            #expect(try RawHTTP.failure(in: refused).data == "tx too large. Max size is 600000, but got 600001")
            // Out of order: 2 and 1 wait for 0.
            for nonce in [UInt64(2), 1] {
                let answer = try await http.get("/broadcast_tx_sync?tx=0x\(Hex.encode(try transfer(nonce)))")
                #expect(answer.text.contains("\"code\":0"), "\(answer.text)")
            }
            #expect(try await http.get("/unconfirmed_txs").text.contains("\"total\":\"2\""))
            let committed = try await http.get("/broadcast_tx_commit?tx=0x\(Hex.encode(try transfer(0)))")
            #expect(committed.status == 200 && committed.text.contains("\"tx_result\":{\"code\":0"))
            let wallet = try Wallet(rpc: node.url)
            let payer = SampleCharger.account(of: try SampleCharger.key("payer"))
            let account = try await wallet.account(payer)
            #expect(account.nextNonce == 3)
            #expect(try await http.get("/num_unconfirmed_txs").text.contains("\"total\":\"0\""))
        }
    }

    @Test("an idle chain makes an empty block after its interval, and none before")
    func idle() async throws {
        var configuration = try home.configuration()
        configuration.emptyBlockMilliseconds = 300
        let node = try await LedgerNode.start(configuration)
        let start = ContinuousClock().now
        let height = await node.height
        #expect(height == 2)
        while await node.height < 4 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(start.duration(to: .now) >= .milliseconds(500))
        let http = RawHTTP(port: node.port)
        let last = try #require(try await http.result("/header?height=4", as: HeaderResult.self).header)
        let first = try #require(try await http.result("/header?height=2", as: HeaderResult.self).header)
        #expect(last.appHash == first.appHash)
        await node.stop()
    }
}
