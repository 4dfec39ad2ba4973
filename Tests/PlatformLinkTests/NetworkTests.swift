import Foundation
import LedgerSamples
import LightClient
import NIOConcurrencyHelpers
import Quantities
import Testing

@testable import PlatformLink

/// A light client among several nodes, some of which lie, lag or say nothing.
@Suite("A network of nodes")
struct NetworkTests {
    private func network(_ nodes: [ChainNode], _ chain: SampleChain) throws -> Network {
        let newest = try #require(chain.newest)
        return try Network(
            nodes, anchor: try #require(chain.blocks[1]),
            now: try #require(newest.header.time.advanced(byNanoseconds: 1_000_000_000)))
    }

    @Test("that agrees: each header is asked of each witness once, and stored when it is confirmed")
    func honest() async throws {
        let chain = try Forks.chain(20)
        let nodes = ["a", "b", "c", "d"].map { Forks.node($0, chain) }
        let network = try network(nodes, chain)
        let synchroniser = try network.synchroniser()
        #expect(try await synchroniser.advance().height == 20)
        #expect(try network.stored() == 20)
        for witness in nodes.dropFirst() {
            #expect(witness.with { $0.fetched } == [1, 20], "the anchor and the target, nothing in between")
            #expect(witness.with { $0.calls["validators"] } == nil)
        }
        #expect(try await synchroniser.advance().height == 20)
        #expect(nodes[1].with { $0.fetched.count } == 2, "nothing new, nothing to ask")
    }

    @Test("without a second node in it is as before: the primary is believed alone")
    func alone() async throws {
        let chain = try Forks.chain(5)
        let node = Forks.node("a", chain)
        let network = try network([node, node], chain)
        #expect(network.providers.areWatched == false, "the primary's own address is no witness")
        #expect(try await network.synchroniser().advance().height == 5)
        #expect(node.with { $0.fetched } == [1, 5])
    }

    // MARK: Attacks

    enum Attack: String, CaseIterable {
        case lunatic, equivocating, amnesiac
    }

    /// The honest chain of 20 blocks and the one that the attack shows instead.
    private func chains(_ attack: Attack) throws -> (honest: SampleChain, lie: SampleChain) {
        let honest = try Forks.chain(20)
        guard attack != .lunatic else { return (honest, try Forks.lunatic(honest, from: 14)) }
        var lie = try Forks.chain(19)
        try lie.append(appHash: [1], round: attack == .amnesiac ? 1 : 0, dataHash: .sha256([6]))
        return (honest, lie)
    }

    @Test(
        "under attack: halts durably, evidence goes both ways, a restart trusts nothing more",
        arguments: Attack.allCases, [true, false])
    func attack(_ attack: Attack, primaryLies: Bool) async throws {
        let (honest, lie) = try chains(attack)
        let (first, second) = primaryLies ? (lie, honest) : (honest, lie)
        let nodes = [Forks.node("a", first), Forks.node("b", second)]
        nodes[0].with { $0.newest = 10 }
        let network = try network(nodes, honest)
        let synchroniser = try network.synchroniser()
        #expect(try await synchroniser.advance().height == 10)
        nodes[0].with { $0.newest = 20 }
        guard case .trustHalted(let halt)? = await Network.failure(synchroniser) else {
            Issue.record("\(network.progress.withLockedValue { $0 }.suffix(4))")
            return
        }
        let kinds: [Attack: AttackEvidence.Kind] = [
            .lunatic: .lunatic, .equivocating: .equivocation, .amnesiac: .amnesia,
        ]
        #expect(halt.divergence.kind == kinds[attack])
        #expect(halt.divergence.commonHeight == 10 && halt.divergence.primaryHeight == 20)
        #expect(halt.divergence.primaryHash == first.newest?.header.hash())
        #expect(halt.divergence.witnessHash == second.newest?.header.hash())
        #expect(try network.stored() == 10, "nothing of either chain was stored")
        #expect(try network.store.halt(chainID: "wattseal-test") == halt)
        // Against the primary to the witness, against the witness to the primary: what a full node computes.
        let (ours, theirs) = (try #require(first.newest), try #require(second.newest))
        let common = try #require(honest.blocks[10])
        let expected = [
            try AttackEvidence(conflicting: ours, trusted: theirs, common: common),
            try AttackEvidence(conflicting: theirs, trusted: ours, common: common),
        ]
        #expect(network.reports.map(\.to) == [nodes[1].endpoint, nodes[0].endpoint])
        #expect(network.reports.map(\.evidence.byzantine) == expected.map(\.byzantine))
        #expect(network.reports.map(\.evidence.commonHeight) == expected.map(\.commonHeight))
        #expect(network.reports.map(\.evidence.timestamp) == expected.map(\.timestamp))
        for (node, evidence) in zip([nodes[1], nodes[0]], network.reports) {
            let body = try #require(node.with { $0.evidence }.first)
            let text = String(decoding: try RPCJSON.encode(evidence.evidence), as: UTF8.self)
            #expect(body.contains(#""method":"broadcast_evidence","params":{"evidence":\#(text)}"#))
            let kept = try #require(evidence.evidence.conflicting.header.hash()?.hex)
            #expect(try String(contentsOfFile: network.folder + "/evidence-\(kept).json", encoding: .utf8) == text)
        }
        // Neither this process nor the next asks anyone anything more.
        let asked = nodes.map { node in node.with { $0.requests } }
        #expect(await Network.failure(synchroniser) == .trustHalted(halt))
        #expect(await Network.failure(try network.synchroniser()) == .trustHalted(halt))
        #expect(nodes.map { node in node.with { $0.requests } } == asked)
    }

    @Test("where one witness shares the lie and another does not: a match is not enough against a proved divergence")
    func colluding() async throws {
        let honest = try Forks.chain(20)
        let lie = try Forks.lunatic(honest, from: 14)
        let nodes = [Forks.node("a", lie), Forks.node("b", lie), Forks.node("c", honest)]
        let network = try network(nodes, honest)
        guard case .trustHalted(let halt)? = await Network.failure(try network.synchroniser()) else {
            Issue.record("believed")
            return
        }
        #expect(halt.divergence.witness == nodes[2].endpoint)
        #expect(try network.stored() == 1)
        // All of them agree on the lie: nobody is left to show it, and this is where the light client's promise ends.
        let blind = try self.network([Forks.node("a", lie), Forks.node("b", lie)], honest)
        #expect(try await blind.synchroniser().advance().header.hash() == lie.newest?.header.hash())
    }

    @Test("halts although evidence is refused, or its receiver is gone")
    func refusedEvidence() async throws {
        let honest = try Forks.chain(20)
        let nodes = [Forks.node("a", try Forks.lunatic(honest, from: 14)), Forks.node("b", honest)]
        nodes[1].with { $0.takesEvidence = false }
        let network = try network(nodes, honest)
        guard case .trustHalted? = await Network.failure(try network.synchroniser()) else {
            Issue.record("believed")
            return
        }
        #expect(network.reports.map(\.taken) == [false, true])
    }

    @Test("halts in memory where the halt cannot be written")
    func unwritableHalt() async throws {
        let honest = try Forks.chain(20)
        let nodes = [Forks.node("a", try Forks.lunatic(honest, from: 14)), Forks.node("b", honest)]
        let network = try network(nodes, honest)
        let synchroniser = try network.synchroniser()
        try FileManager.default.createDirectory(
            atPath: network.folder + "/.halt.new", withIntermediateDirectories: false)
        guard case .storeFailed? = await Network.failure(synchroniser) else {
            Issue.record("no failure of the store")
            return
        }
        guard case .trustHalted? = await Network.failure(synchroniser) else {
            Issue.record("trusts again")
            return
        }
    }

    @Test("a witness that differs without a chain of its own is dropped, and asked no more")
    func bluff() async throws {
        let chain = try Forks.chain(20)
        let bluff = ChainNode("b", newest: 20) { height in
            var block = chain.blocks[height]
            guard height > 1, let header = block?.header else { return block }
            var forged = header
            forged.appHash = [9]
            // By keys of its own, for a header that names the real validators.
            let keys = try SampleChain(members: (31...34).map { try SampleChain.Member(seed: $0) }, time: header.time)
            var other = keys
            let set = try other.append(appHash: [9]).validators
            block?.signedHeader = SignedHeader(header: forged, commit: try keys.commit(to: forged, by: set))
            return block
        }
        let nodes = [Forks.node("a", chain), bluff, Forks.node("c", chain)]
        let network = try network(nodes, chain)
        nodes[0].with { $0.newest = 15 }
        let synchroniser = try network.synchroniser()
        #expect(try await synchroniser.advance().height == 15)
        guard case .dropped? = network.standing(bluff) else {
            Issue.record("\(String(describing: network.standing(bluff)))")
            return
        }
        let asked = bluff.with { $0.requests }
        nodes[0].with { $0.newest = 20 }
        #expect(try await synchroniser.advance().height == 20)
        #expect(bluff.with { $0.requests } == asked)
        #expect(network.reports.isEmpty)
    }

    // MARK: Witnesses that do not help

    @Test("a witness that is behind is waited for, two seconds at a time")
    func behind() async throws {
        let chain = try Forks.chain(20)
        let nodes = [Forks.node("a", chain), Forks.node("b", chain)]
        nodes[1].with {
            $0.newest = 17
            $0.growth = 1
        }
        let network = try network(nodes, chain)
        #expect(try await network.synchroniser().advance().height == 20)
        #expect(network.pauses.withLockedValue { $0 } == Array(repeating: .seconds(2), count: 3))
    }

    @Test("whose witnesses are all silent, gone or garbled stores nothing, and goes on when one is back")
    func witnessesGone() async throws {
        let chain = try Forks.chain(20)
        let nodes = ["a", "b", "c", "d"].map { Forks.node($0, chain) }
        nodes[0].with { $0.newest = 10 }
        let network = try network(nodes, chain)
        let synchroniser = try network.synchroniser()
        #expect(try await synchroniser.advance().height == 10)
        nodes[0].with { $0.newest = 20 }
        for (node, mood) in zip(nodes.dropFirst(), [ChainNode.Mood.silent, .down, .garbled]) {
            node.with { $0.mood = mood }
        }
        for _ in 0..<3 { #expect(await Network.failure(synchroniser) == .notConfirmed(height: 20)) }
        #expect(try network.stored() == 10)
        #expect(network.replacements == [], "that is not the primary's fault")
        nodes[3].with { $0.mood = .willing }
        #expect(try await synchroniser.advance().height == 20)
    }

    @Test("asks a silent witness ever less often while another answers")
    func silence() async throws {
        let chain = try Forks.chain(100)
        let nodes = ["a", "b", "c"].map { Forks.node($0, chain) }
        nodes[2].with { $0.mood = .silent }
        let network = try network(nodes, chain)
        let synchroniser = try network.synchroniser()
        for height in Int64(2)...100 {
            nodes[0].with { $0.newest = height }
            #expect(try await synchroniser.advance().height == height)
        }
        #expect(nodes[1].with { $0.requests } == 100)
        // Of the anchor's and 99 more comparisons it sits out 1, 2, 4, 8, 16, 32, and then 32 again.
        #expect(nodes[2].with { $0.requests } == 7)
    }
}
