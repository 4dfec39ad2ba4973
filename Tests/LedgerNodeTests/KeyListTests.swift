import ChargerSamples
import Ledger
import LightClient
import Quantities
import SignedRecords
import Testing

@testable import LedgerNode

/// The lists of keys that a node gives as a hint: `/keys`, alone and behind CometBFT's interface, now and at older heights.
@Suite("Lists of keys")
struct KeyListTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    /// One page: the keys, and whether there are more.
    private static func page(_ value: [UInt8]) throws -> (keys: [String], hasMore: Bool) {
        let places = try #require(
            try CBOR.decode(value, limits: .init(maximumBytes: 1 << 20, maximumDepth: 3)).arrayValue)
        guard places.count == 2, case .array(let keys) = places[0], case .bool(let more) = places[1] else {
            Issue.record("not [[key, …], more]")
            return ([], false)
        }
        return (
            try keys.map { String(decoding: try CBORFields.bytes($0, "key", count: 1...512), as: UTF8.self) }, more
        )
    }

    @Test("each height of the history lists exactly the keys that stood then, in their order, page by page")
    func history() throws {
        let store = try LedgerStore(path: home.path + "/store.sqlite")
        var tree = SparseMerkleTree()
        var model: Set<String> = []
        var history: [Int64: Set<String>] = [:]
        let last = LedgerStore.history + 60
        for height in 1...last {
            // A key of three stands and goes; one is new each time; one is written again and again.
            var changes = [("now", true), ("a/\(height)", true)]
            changes.append(("b/\(height % 3)", height % 2 == 0))
            if height % 5 == 0 { changes.append(("a/\(height - 3)", false)) }
            tree.apply(
                changes.map {
                    .init(path: .sha256(Array($0.0.utf8)), valueHash: $0.1 ? .sha256([1]) : nil)
                })
            try store.commit(
                height: height, appHash: tree.rootHash,
                changes: changes.map { .init(height: height, key: Array($0.0.utf8), value: $0.1 ? [1] : nil) })
            for (key, stands) in changes { if stands { model.insert(key) } else { model.remove(key) } }
            history[height] = model
        }
        for height in (last - LedgerStore.history)...last {
            let expected = try #require(history[height])
            for prefix in ["", "a", "a/", "a/1", "b/", "now", "nowhere", "c"] {
                let wanted = expected.filter { $0.hasPrefix(prefix) }.sorted {
                    Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8))
                }
                var found: [String] = []
                while true {
                    let page = try store.keys(
                        prefix: Array(prefix.utf8), after: found.last.map { Array($0.utf8) }, at: height, limit: 7)
                    found += page.map { String(decoding: $0, as: UTF8.self) }
                    if page.count < 7 { break }
                }
                #expect(found == wanted, "height \(height), prefix \(prefix)")
            }
        }
    }

    @Test("a node on its own: all keys by pages of at most 1000; no proof, no foreign cursor, no height that is gone")
    func standalone() async throws {
        var configuration = try home.configuration()
        for number in UInt16(0)..<1_500 {
            configuration.accounts[AccountID(hashing: [UInt8(number >> 8), UInt8(number & 255), 9])] = Microunits(1)
        }
        let node = try await LedgerNode.start(configuration)
        let http = RawHTTP(port: node.port)
        func ask(_ data: [UInt8], _ more: String = "") async throws -> ABCIQueryResponse {
            try await http.result(
                "/abci_query?path=%22/keys%22&data=0x\(Hex.encode(data))\(more)", as: ABCIQueryResult.self
            ).response
        }
        let prefix = Array("account/".utf8)
        let first = try Self.page(try await ask(prefix).value)
        #expect(first.keys.count == 1_000 && first.hasMore)
        let cursor = Array(try #require(first.keys.last).utf8)
        let second = try Self.page(try await ask(prefix + [0] + cursor).value)
        #expect(second.keys.count == 501 && !second.hasMore)
        let all = first.keys + second.keys
        #expect(Set(all) == Set(configuration.accounts.keys.map { StateKey.account($0).text }))
        #expect(all == all.sorted())
        #expect(try await Wallet(rpc: node.url).keys("account/") == all, "the wallet follows the pages")
        #expect(try await Wallet(rpc: node.url).keys("charger/") == [])
        #expect(try Self.page(try await ask(Array("parameters".utf8)).value).keys == ["parameters"])
        let proof = try await ask(prefix, "&prove=true")
        #expect(proof.code == 5 && proof.log.contains("no proof"))
        #expect(try await ask(prefix + [0] + Array("charger/".utf8)).code == 2)
        let gone = try await ask(prefix, "&height=100000")
        #expect(gone.code == 3 && gone.log.contains("height 100000 is not available"))
        let unknown = try await http.result("/abci_query?path=%22/values%22&data=0x00", as: ABCIQueryResult.self)
        #expect(unknown.response.code == 1 && unknown.response.log.contains("expected /key or /keys"))
        await node.stop()
    }

    @Test("behind CometBFT's interface: the keys of an older height, and none of a pruned one")
    func behindConsensus() async throws {
        let node = try await ABCINode.start(SampleNetwork.configuration(home))
        let consensus = try SampleConsensus(node.address)
        try await consensus.handshake()
        func keys(_ height: Int64) async throws -> ABCI.Query.Response {
            try await consensus.ask(.init(data: Array("account/".utf8), path: "/keys", height: height))
        }
        for number in UInt64(0)..<4 {
            try await consensus.makeBlock([try SampleNetwork.transfer(number, to: UInt8(100 + number))])
        }
        for height in Int64(1)...4 {
            let page = try Self.page(try await keys(height).value)
            #expect(page.keys.count == 3 + Int(height) && !page.hasMore, "height \(height)")
        }
        #expect(try Self.page(try await keys(0).value).keys.count == 7)
        for _ in 0..<LedgerStore.history { try await consensus.makeBlock([]) }
        let pruned = try await keys(3)
        #expect(pruned.code == 3 && pruned.log.contains("kept for heights 4 to"))
        #expect(try Self.page(try await keys(4).value).keys.count == 7)
        await node.stop()
    }
}
