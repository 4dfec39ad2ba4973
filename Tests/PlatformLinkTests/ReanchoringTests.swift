import Foundation
import LedgerSamples
import LightClient
import NIOConcurrencyHelpers
import Testing

@testable import PlatformLink

/// A trust that ended begins anew only by a person's word, and the store says that it did.
@Suite("A new anchor")
struct ReanchoringTests {
    private let chain: SampleChain

    init() throws { chain = try Forks.chain(30) }

    private func anchor(_ height: Int64) throws -> TrustAnchor {
        TrustAnchor(height: height, hash: try #require(chain.blocks[height]?.header.hash()))
    }

    private func network(_ nodes: [ChainNode]) throws -> Network {
        try Network(
            nodes, anchor: try #require(chain.blocks[1]),
            now: try #require(chain.newest?.header.time.advanced(byNanoseconds: 1_000_000_000)),
            period: .seconds(100))
    }

    @Test("ends an expiry, is on record, and everything before it is given up")
    func expired() async throws {
        let node = Forks.node("a", chain)
        let network = try network([node])
        node.with { $0.newest = 3 }
        #expect(try await network.synchroniser().advance().height == 3)
        let late = try #require(chain.blocks[3]?.header.time.advanced(byNanoseconds: 100_000_000_000))
        network.now.withLockedValue { $0 = late }
        node.with { $0.newest = 30 }
        let asked = node.with { $0.requests }
        guard case .trustExpired(height: 3, _, _)? = await Network.failure(try network.synchroniser()) else {
            Issue.record("not expired")
            return
        }
        // Another anchor alone changes nothing: the store is what counts.
        guard
            case .trustExpired(height: 3, _, _)? = await Network.failure(
                try network.synchroniser(anchor: try anchor(20)))
        else {
            Issue.record("an anchor without a word")
            return
        }
        #expect(node.with { $0.requests } == asked, "an expired store asks nobody")
        let synchroniser = try network.synchroniser(anchor: try anchor(20), reanchoring: true)
        #expect(try await synchroniser.advance().height == 30)
        let record = Reanchoring(reason: .expired, old: try anchor(3), new: try anchor(20), time: late)
        #expect(try network.store.reanchorings(chainID: "wattseal-test") == [record])
        #expect(network.progress.withLockedValue { $0 }.contains(.reanchored(record)))
        #expect(try network.stored() == 30)
        #expect(try await network.synchroniser().advance().height == 30)
    }

    @Test("takes a halt away, and a second one is added to the record")
    func halted() async throws {
        let lie = try Forks.lunatic(chain, from: 14)
        let nodes = [Forks.node("a", lie), Forks.node("b", chain)]
        let network = try network(nodes)
        guard case .trustHalted? = await Network.failure(try network.synchroniser()) else {
            Issue.record("believed")
            return
        }
        // With the lying node still there it halts again, on the new anchor's ground.
        let first = try network.synchroniser(anchor: try anchor(10), reanchoring: true)
        guard case .trustHalted? = await Network.failure(first) else {
            Issue.record("believed")
            return
        }
        #expect(try network.stored() == 10)
        #expect(try network.store.halt(chainID: "wattseal-test")?.divergence.commonHeight == 10)
        nodes[0].with { [chain] in $0.blocks = { chain.blocks[$0] } }
        let second = try network.synchroniser(anchor: try anchor(20), reanchoring: true)
        #expect(try await second.advance().height == 30)
        #expect(try network.store.halt(chainID: "wattseal-test") == nil)
        let records = try network.store.reanchorings(chainID: "wattseal-test")
        #expect(records.map(\.reason) == [.halted, .halted])
        #expect(records.map(\.old) == [try anchor(1), try anchor(10)])
        #expect(records.map(\.new) == [try anchor(10), try anchor(20)])
    }

    @Test("is not taken by a store that needs none, without a clock, or when it is not the block that the node has")
    func refused() async throws {
        let node = Forks.node("a", chain)
        let network = try network([node])
        #expect(try await network.synchroniser().advance().height == 30)
        #expect(throws: PlatformLinkError.anchorNotNeeded(height: 30)) {
            try network.synchroniser(anchor: try anchor(20), reanchoring: true)
        }
        network.now.withLockedValue { $0 = $0.advanced(byNanoseconds: 100_000_000_000) ?? $0 }
        let wrong = TrustAnchor(height: 20, hash: .sha256([1]))
        guard
            case .anchorMismatch(height: 20, _, _)? = await Network.failure(
                try network.synchroniser(anchor: wrong, reanchoring: true))
        else {
            Issue.record("believed")
            return
        }
        // The anchor itself is older than the period.
        guard
            case .trustExpired(height: 20, _, _)? = await Network.failure(
                try network.synchroniser(anchor: try anchor(20), reanchoring: true))
        else {
            Issue.record("believed")
            return
        }
        #expect(try network.stored() == 30)
        #expect(try network.store.reanchorings(chainID: "wattseal-test") == [])
        #expect(throws: PlatformLinkError.clockUnknown) {
            try Synchroniser(
                providers: network.providers, chainID: "wattseal-test", anchor: wrong, options: network.options,
                store: try network.store, reanchoring: true, utc: { nil })
        }
    }

    @Test("that a witness contradicts is not taken, and halts nothing")
    func contradicted() async throws {
        var other = try SampleChain(chainID: "wattseal-test")
        try Forks.extend(&other, to: 30, appHash: 0x77)
        let nodes = [Forks.node("a", chain), Forks.node("b", other)]
        let network = try network(nodes)
        let failure = await Network.failure(try network.synchroniser())
        guard case .anchorContradicted(let witness, height: 1, _, _)? = failure else {
            Issue.record("believed")
            return
        }
        #expect(witness == nodes[1].endpoint)
        #expect(try network.stored() == nil)
        #expect(try network.store.halt(chainID: "wattseal-test") == nil)
    }

    @Test("leaves files that are read strictly: of another chain, cut short or altered, they stop everything")
    func strictFiles() async throws {
        let lie = try Forks.lunatic(chain, from: 14)
        let network = try network([Forks.node("a", lie), Forks.node("b", chain)])
        _ = await Network.failure(try network.synchroniser())
        let halt = try #require(try network.store.halt(chainID: "wattseal-test"))
        #expect(throws: PlatformLinkError.self) { try network.store.halt(chainID: "another") }
        let path = network.folder + "/halt"
        let good = Array(try Data(contentsOf: URL(filePath: path)))
        for length in stride(from: 0, to: good.count, by: 7) {
            try Data(good[..<length]).write(to: URL(filePath: path))
            #expect(throws: PlatformLinkError.self) { try network.synchroniser() }
        }
        try Data(good).write(to: URL(filePath: path))
        #expect(try network.store.halt(chainID: "wattseal-test") == halt)
        // A power cut between the new trusted block and the halt's end leaves the halt.
        try FileManager.default.createDirectory(atPath: network.folder + "/x", withIntermediateDirectories: false)
        try network.store.save(try #require(chain.blocks[20]))
        guard case .trustHalted? = await Network.failure(try network.synchroniser()) else {
            Issue.record("believed")
            return
        }
        let list = Reanchoring.encode(
            [Reanchoring(reason: .halted, old: try anchor(1), new: try anchor(2), time: halt.time)], chainID: "c")
        #expect(Reanchoring.decode(list, chainID: "c")?.count == 1)
        #expect(Reanchoring.decode(list, chainID: "d") == nil)
        for length in 0..<list.count { #expect(Reanchoring.decode(Array(list[..<length]), chainID: "c") == nil) }
    }
}
