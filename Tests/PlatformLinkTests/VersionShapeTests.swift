import Foundation
import LedgerSamples
import LightClient
import Quantities
import Testing

@testable import PlatformLink

/// Every call that a light client makes, in the shapes of each CometBFT that is in use. Versions are never parsed: what they
/// say of themselves is wrong now and then.
@Suite("A node of any version")
struct VersionShapeTests {
    struct Version: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let chain: String
        let chainID: String
        let first: Int64
        let last: Int64
        /// A recorded transaction, its block's results, and the block.
        let transaction: String
        let height: Int64
        let query: String
        let broadcast: String
        var rewrite: @Sendable (_ call: String, _ text: String) throws -> String = { $1 }
    }

    private static let v037 = Version(
        testDescription: "0.37, recorded", chain: "v0.37", chainID: "ev-v037", first: 157, last: 171,
        transaction: "tx-02.json", height: 160, query: "misc-abci_query.json", broadcast: "broadcast_tx_sync.json")
    private static let v038 = Version(
        testDescription: "0.38, recorded", chain: "main4", chainID: "ev-ledger-4", first: 1, last: 40,
        transaction: "tx-008-01.json", height: 8, query: "misc-abci_query-prove.json",
        broadcast: "misc-broadcast_tx_sync.json")

    /// 0.34 writes event attributes in base64, has fields of the priority mempool, and calls itself by another number.
    private static let v034 = Version(
        testDescription: "0.34, from the recording of 0.37", chain: v037.chain, chainID: v037.chainID,
        first: v037.first, last: v037.last, transaction: v037.transaction, height: v037.height, query: v037.query,
        broadcast: v037.broadcast,
        rewrite: { call, text in
            switch call {
            case "status": text.replacing("\"version\":\"0.37.16\"", with: "\"version\":\"0.34.24\"")
            case "tx", "block_results":
                try Self.changed(text) { object in
                    guard let key = object["key"] as? String, object["index"] is Bool else { return }
                    object["key"] = Data(key.utf8).base64EncodedString()
                    object["value"] = Data((object["value"] as? String ?? "").utf8).base64EncodedString()
                }
            case "broadcast_tx_sync":
                text.replacing(
                    "\"codespace\"", with: "\"sender\":\"\",\"priority\":\"0\",\"mempool_error\":\"\",\"codespace\"")
            default: text
            }
        })

    /// 1.0 raises the protocol of its peers, and answers below /v1 as well (a path of the address).
    private static let v100 = Version(
        testDescription: "1.0, from the recording of 0.38", chain: v038.chain, chainID: v038.chainID,
        first: v038.first, last: v038.last, transaction: v038.transaction, height: v038.height, query: v038.query,
        broadcast: v038.broadcast,
        rewrite: { call, text in
            switch call {
            case "status": text.replacing("\"p2p\":\"8\"", with: "\"p2p\":\"9\"").replacing("0.38.25", with: "1.0.1")
            default: text
            }
        })

    /// A JSON text with each of its objects changed.
    private static func changed(_ text: String, _ change: (inout [String: Any]) -> Void) throws -> String {
        func walk(_ value: Any) -> Any {
            if let list = value as? [Any] { return list.map(walk) }
            guard var object = value as? [String: Any] else { return value }
            for (key, member) in object { object[key] = walk(member) }
            change(&object)
            return object
        }
        let tree = walk(try JSONSerialization.jsonObject(with: Data(text.utf8)))
        return String(decoding: try JSONSerialization.data(withJSONObject: tree), as: UTF8.self)
    }

    @Test("is understood in every call", arguments: [v034, v037, v038, v100])
    func calls(_ version: Version) async throws {
        let node = RecordedNode(
            chain: version.chain, latest: version.last,
            files: [
                "status": "misc-status.json", "tx": version.transaction, "abci_query": version.query,
                "broadcast_tx_sync": version.broadcast,
            ], rewrite: version.rewrite)
        let client = NodeClient(transport: node, deadline: .seconds(1))
        // /status, /commit, /validators
        let first = try await client.signedHeader(at: version.first)
        let last = try await client.lightBlock(at: version.last)
        let now = try #require(last.header.time.advanced(byNanoseconds: 1_000_000_000))
        let synchroniser = try Synchroniser(
            providers: Providers(primary: client), chainID: version.chainID,
            anchor: TrustAnchor(height: version.first, hash: try #require(first.header.hash())),
            options: try TrustOptions(period: .seconds(86_400)), store: nil, utc: { now })
        #expect(try await synchroniser.advance() == last)
        // /tx and /block_results, under the headers of its block and of the one above
        let reply = try await client.transaction(.sha256([]))
        #expect(reply.height == version.height)
        let header = try await client.signedHeader(at: version.height).header
        let next = try await client.signedHeader(at: version.height + 1).header
        let results = try await client.blockResults(at: version.height)
        try reply.verify(header: header, next: next, results: results)
        #expect(results.results.count > 1)
        // /abci_query and /broadcast_tx_sync
        let value = try await client.query([1], at: version.height).value
        #expect(value?.isEmpty == false)
        #expect(try await client.broadcast([1]) == .taken)
    }

    @Test("does not pass for proved with a result, place, block or header that is another one")
    func transactionLies() async throws {
        let client = NodeClient(
            transport: RecordedNode(chain: "main4", files: ["tx": "tx-008-01.json"]), deadline: .seconds(1))
        let reply = try await client.transaction(.sha256([]))
        let header = try await client.signedHeader(at: 8).header
        let next = try await client.signedHeader(at: 9).header
        let results = try await client.blockResults(at: 8)
        try reply.verify(header: header, next: next, results: results)
        let above = try await client.signedHeader(at: 10).header
        let otherResults = try await client.blockResults(at: 9)
        for (header, next, results) in [
            (next, next, results), (header, above, results), (header, header, results), (header, next, otherResults),
        ] {
            #expect(throws: LightClientError.self) {
                try reply.verify(header: header, next: next, results: results)
            }
        }
        // One byte of one result; one result more or fewer; a result in another's place.
        let lies: [@Sendable (inout [[String: Any]]) -> Void] = [
            { $0[0]["gas_used"] = "77" }, { $0[1]["code"] = 3 }, { $0[1]["data"] = "AAAA" }, { $0.removeLast() },
            { $0.append($0[0]) },
        ]
        for lie in lies {
            let liar = NodeClient(
                transport: RecordedNode(
                    chain: "main4",
                    rewrite: { _, text in
                        try Self.changed(text) { object in
                            guard var list = object["txs_results"] as? [[String: Any]] else { return }
                            lie(&list)
                            object["txs_results"] = list
                        }
                    }), deadline: .seconds(1))
            let changed = try await liar.blockResults(at: 8)
            #expect(throws: LightClientError.self) {
                try reply.verify(header: header, next: next, results: changed)
            }
        }
        // The result beside the transaction is nobody's word: it must be the proved one.
        let other = NodeClient(
            transport: RecordedNode(
                chain: "main4", files: ["tx": "tx-008-01.json"],
                rewrite: { _, text in
                    try Self.changed(text) { object in
                        guard var result = object["tx_result"] as? [String: Any] else { return }
                        result["code"] = 5
                        object["tx_result"] = result
                    }
                }), deadline: .seconds(1))
        let claimed = try await other.transaction(.sha256([]))
        #expect(throws: LightClientError.self) {
            try claimed.verify(header: header, next: next, results: results)
        }
    }

    @Test("does not pass where all agrees but one height, or the transaction itself")
    func heightLies() async throws {
        func client(_ rewrite: @escaping @Sendable (String, String) throws -> String = { $1 }) -> NodeClient {
            NodeClient(
                transport: RecordedNode(chain: "main4", files: ["tx": "tx-008-01.json"], rewrite: rewrite),
                deadline: .seconds(1))
        }
        let reply = try await client().transaction(.sha256([]))
        let header = try await client().signedHeader(at: 8).header
        let next = try await client().signedHeader(at: 9).header
        let results = try await client().blockResults(at: 8)
        var (lowHeader, farNext) = (header, next)
        lowHeader.height = 7
        farNext.height = 10
        #expect(throws: LightClientError.self) { try reply.verify(header: lowHeader, next: next, results: results) }
        #expect(throws: LightClientError.self) { try results.verify(next: farNext) }
        let entries = results.results.map { digest in
            #"{"code":\#(digest.code),"data":"\#(Base64.encode(digest.data))","#
                + #""gas_wanted":"\#(digest.gasWanted)","gas_used":"\#(digest.gasUsed)"}"#
        }
        let text = #"{"height":"9","txs_results":[\#(entries.joined(separator: ","))]}"#
        let moved = try RPCJSON.decode(BlockResultsReply.self, from: Array(text.utf8))
        #expect(moved.results == results.results && moved.height == 9)
        #expect(throws: LightClientError.self) { try reply.verify(header: header, next: farNext, results: moved) }
        let other = try await client { call, text in
            try call == "tx" ? Self.changed(text) { if $0["tx"] is String { $0["tx"] = "YWJjZA==" } } : text
        }.transaction(.sha256([]))
        #expect(throws: LightClientError.self) { try other.verify(header: header, next: next, results: results) }
    }

    @Test("says in its own words what it refuses: a transaction seen before, an invalid one, evidence")
    func refusals() async throws {
        func client(_ call: String, _ file: String) -> NodeClient {
            NodeClient(transport: RecordedNode(chain: "main4", files: [call: file]), deadline: .seconds(1))
        }
        let duplicate = client("broadcast_tx_sync", "misc-broadcast_tx_sync-dup.json")
        #expect(try await duplicate.broadcast([1]) == .seenBefore)
        let invalid = client("broadcast_tx_sync", "misc-broadcast_tx_sync-invalid.json")
        guard case .refused(code: let code, _) = try await invalid.broadcast([1]) else {
            Issue.record("an invalid transaction was taken")
            return
        }
        #expect(code != 0)
        let chain = try Forks.chain(3)
        let lie = try Forks.lunatic(chain, from: 2)
        let evidence = try AttackEvidence(
            conflicting: try #require(lie.newest), trusted: try #require(chain.newest),
            common: try #require(chain.blocks[1]))
        let witness = client("broadcast_evidence", "misc-broadcast_evidence-bad.json")
        await #expect(throws: PlatformLinkError.self) { try await witness.report(evidence) }
    }
}
