import Foundation
import LedgerSamples
import LightClient
import NIOConcurrencyHelpers
import PlatformLink
import Quantities
import Testing

@Suite("A node's calls")
struct NodeClientTests {
    @Test("follow a real network from height 1 to 40, through changes of its validators")
    func realNetwork() async throws {
        let node = RecordedNode(chain: "main4", latest: 40, files: ["status": "misc-status.json"])
        let client = NodeClient(transport: node, deadline: .seconds(1))
        let first = try await client.signedHeader(at: 1)
        let last = try await client.lightBlock(at: 40)
        let now = try #require(last.header.time.advanced(byNanoseconds: 1_000_000_000))
        let synchroniser = try Synchroniser(
            providers: Providers(primary: client), chainID: "ev-ledger-4",
            anchor: TrustAnchor(height: 1, hash: try #require(first.header.hash())),
            options: try TrustOptions(period: .seconds(86_400)), store: nil, utc: { now })
        #expect(try await synchroniser.advance() == last)
        #expect(try await synchroniser.advance() == last, "nothing newer")
        let wrong = try Synchroniser(
            providers: Providers(primary: client), chainID: "ev-ledger-4",
            anchor: TrustAnchor(height: 1, hash: .sha256([])),
            options: try TrustOptions(period: .seconds(86_400)), store: nil, utc: { now })
        await #expect(throws: PlatformLinkError.self) { try await wrong.advance() }
        #expect(await wrong.trusted == nil)
    }

    @Test("read a set of more than one page, to the last validator")
    func pages() async throws {
        let count = 250
        var chain = SampleChain(
            members: try (0..<count).map { try SampleChain.Member(seed: UInt8($0), power: Int64(1_000 - $0)) },
            time: try Timestamp(seconds: 1_795_390_000))
        try chain.append(appHash: [1], flags: [:])
        let node = try FakeNode(chain: chain, state: SampleState([[1]: [2]]))
        let client = NodeClient(transport: node, deadline: .seconds(1))
        let set = try await client.validators(at: 1)
        #expect(set.validators.count == count)
        #expect(set == chain.blocks[1]?.validators)
        #expect(node.with { $0.calls["validators"] } == 3)
    }

    @Test("tell a transaction that was taken from one seen before and one refused")
    func broadcast() async throws {
        let node = ScriptedNode([
            #"{"code":0,"data":"","log":"","codespace":"","hash":"AB"}"#,
            #"{"code":9,"data":"","log":"gap\u0007 here","codespace":"","hash":"AB"}"#,
        ])
        let client = NodeClient(transport: node, deadline: .seconds(1))
        #expect(try await client.broadcast([1]) == .taken)
        #expect(
            try await client.broadcast([1]) == .refused(code: 9, log: "gap. here"), "no control character is logged")
        let duplicate = ScriptedNode([], error: "tx already exists in cache")
        #expect(try await NodeClient(transport: duplicate, deadline: .seconds(1)).broadcast([1]) == .seenBefore)
        let full = ScriptedNode([], error: "mempool is full")
        await #expect(throws: PlatformLinkError.self) {
            try await NodeClient(transport: full, deadline: .seconds(1)).broadcast([1])
        }
    }

    @Test("say that a height is not there yet, or no longer")
    func heights() async throws {
        let missing = ScriptedNode([#"{"signed_header":{"header":null,"commit":null},"canonical":false}"#])
        await #expect(throws: PlatformLinkError.self) {
            try await NodeClient(transport: missing, deadline: .seconds(1)).signedHeader(at: 9)
        }
        let high = ScriptedNode([], error: "height 9 must be less than or equal to the current blockchain height 3")
        do throws(PlatformLinkError) {
            _ = try await NodeClient(transport: high, deadline: .seconds(1)).signedHeader(at: 9)
            Issue.record("a header out of nothing")
        } catch {
            guard case .heightNotAvailable(height: 9, let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("less than or equal to"))
        }
        let pruned = ScriptedNode([], error: "height 9 is not available, lowest height is 30")
        do throws(PlatformLinkError) {
            _ = try await NodeClient(transport: pruned, deadline: .seconds(1)).signedHeader(at: 9)
            Issue.record("a header out of nothing")
        } catch {
            guard case .heightPruned(height: 9, _) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }
}

/// Gives results one after another, then one error for ever.
private final class ScriptedNode: RPCTransport {
    let endpoint = "http://scripted.invalid"
    private let results: NIOLockedValueBox<[String]>
    private let error: String

    init(_ results: [String], error: String = "end of script") {
        self.results = NIOLockedValueBox(results)
        self.error = error
    }

    func post(
        _ body: [UInt8], call: String, deadline: Nanoseconds
    ) async throws(PlatformLinkError) -> [UInt8] {
        guard let request = try? FakeNode.request(body) else { return [] }
        let next = results.withLockedValue { $0.isEmpty ? nil : $0.removeFirst() }
        guard let next else { return FakeNode.failure(request.id, error) }
        return Array(#"{"jsonrpc":"2.0","id":\#(request.id),"result":\#(next)}"#.utf8)
    }

    func close() async {}
}
