import LedgerSamples
import LightClient
import NIOConcurrencyHelpers
import Quantities
import Testing

@testable import PlatformLink

/// A primary that fails gives way to a witness; a bounded number of times, and not for what is not its fault.
@Suite("A primary that fails")
struct ReplacementTests {
    private static let chain = try? Forks.chain(30)

    private struct Setup {
        let chain: SampleChain
        let nodes: [ChainNode]
        let network: Network
    }

    private func setup(_ count: Int = 3) throws -> Setup {
        let chain = try #require(Self.chain)
        let nodes = ["a", "b", "c", "d"].prefix(count).map { Forks.node($0, chain) }
        let newest = try #require(chain.newest)
        let network = try Network(
            nodes, anchor: try #require(chain.blocks[1]),
            now: try #require(newest.header.time.advanced(byNanoseconds: 1_000_000_000)))
        return Setup(chain: chain, nodes: nodes, network: network)
    }

    @Test(
        "to serve goes to the end of the list, and serves as a witness later",
        arguments: [ChainNode.Mood.silent, .down, .garbled])
    func service(_ mood: ChainNode.Mood) async throws {
        let setup = try setup()
        let synchroniser = try setup.network.synchroniser()
        for node in setup.nodes { node.with { $0.newest = 10 } }
        #expect(try await synchroniser.advance().height == 10)
        setup.nodes[0].with { $0.mood = mood }
        for node in setup.nodes { node.with { $0.newest = 20 } }
        #expect(try await synchroniser.advance().height == 20)
        #expect(setup.network.replacements == ["a to b"])
        #expect(setup.network.standing(setup.nodes[2]) == .equal)
        setup.nodes[0].with { $0.mood = .willing }
        setup.nodes[2].with { $0.mood = .down }
        for node in setup.nodes { node.with { $0.newest = 30 } }
        // Silent in the last comparison, it may sit one out; it is there when nobody else is.
        for _ in 0..<2 { _ = await Network.failure(synchroniser) }
        #expect(try setup.network.stored() == 30)
        #expect(setup.network.replacements == ["a to b"])
    }

    @Test("because it has pruned what is needed gives way, and is no liar")
    func pruned() async throws {
        let setup = try setup()
        // Validators change too much for one step: blocks in between are needed.
        let chain = try Forks.chain(40, rotating: 5)
        let nodes = ["a", "b", "c"].map { Forks.node($0, chain) }
        nodes[0].with { $0.earliest = 35 }
        let newest = try #require(chain.newest)
        let network = try Network(
            nodes, anchor: try #require(chain.blocks[1]),
            now: try #require(newest.header.time.advanced(byNanoseconds: 1_000_000_000)))
        #expect(try await network.synchroniser().advance().height == 40)
        #expect(network.replacements == ["a to b"])
        #expect(network.providers.count == 3)
        _ = setup
    }

    @Test("by telling a lie is dropped until the process starts again")
    func lie() async throws {
        let setup = try setup()
        let chain = setup.chain
        let liar = setup.nodes[0]
        liar.with {
            $0.blocks = { height in
                var block = chain.blocks[height]
                if height > 1 { block?.signedHeader.header.appHash = [7] }
                return block
            }
        }
        let synchroniser = try setup.network.synchroniser()
        #expect(try await synchroniser.advance().height == 30)
        #expect(setup.network.replacements == ["a to b"])
        #expect(setup.network.providers.count == 2)
        let asked = liar.with { $0.requests }
        setup.nodes[1].with { $0.mood = .down }
        _ = await Network.failure(synchroniser)
        #expect(liar.with { $0.requests } == asked, "not even when another is needed")
        let again = try setup.network.synchroniser()
        setup.nodes[1].with { $0.mood = .willing }
        liar.with { $0.blocks = { chain.blocks[$0] } }
        #expect(try await again.advance().height == 30)
        #expect(liar.with { $0.requests } > asked)
    }

    @Test("at the anchor is replaced there, too")
    func anchor() async throws {
        let setup = try setup()
        var other = try SampleChain(chainID: "wattseal-test")
        try other.append(appHash: [0xEE])
        let false1 = try #require(other.newest)
        setup.nodes[0].with { $0.blocks = { _ in false1 } }
        #expect(try await setup.network.synchroniser().advance().height == 30)
        #expect(setup.network.replacements == ["a to b"])
    }

    @Test("by being behind what we trust is no liar; and a node of another chain is one")
    func behind() async throws {
        let setup = try setup()
        let synchroniser = try setup.network.synchroniser()
        #expect(try await synchroniser.advance().height == 30)
        setup.nodes[0].with { $0.newest = 29 }
        #expect(try await synchroniser.advance().height == 30)
        #expect(setup.network.providers.count == 3)
        setup.nodes[0].with { $0.newest = 30 }
        let chain = setup.chain
        let stranger = ChainNode("x", chainID: "another", newest: 30) { chain.blocks[$0] }
        let network = try Network(
            [stranger] + setup.nodes, anchor: try #require(chain.blocks[1]),
            now: setup.network.now.withLockedValue { $0 })
        // Its status is asked for after the anchor; the anchor itself it has.
        #expect(try await network.synchroniser().advance().height == 30)
        #expect(network.providers.count == 3)
    }

    @Test("with all the others: each is tried once, the failure is told, nothing is stored")
    func all() async throws {
        let setup = try setup(4)
        for node in setup.nodes { node.with { $0.mood = .down } }
        let synchroniser = try setup.network.synchroniser()
        for _ in 0..<3 {
            let before = setup.nodes.map { node in node.with { $0.requests } }
            guard case .unreachable? = await Network.failure(synchroniser) else {
                Issue.record("reached")
                return
            }
            let after = setup.nodes.map { node in node.with { $0.requests } }
            #expect(zip(before, after).allSatisfy { $1 - $0 == 1 }, "\(before) \(after)")
        }
        #expect(try setup.network.stored() == nil)
    }

    @Test("when all are liars leaves one that stands alone, and what it says alone is not stored")
    func lastOne() async throws {
        let setup = try setup()
        let chain = setup.chain
        for node in setup.nodes.prefix(2) {
            node.with {
                $0.blocks = { height in
                    var block = chain.blocks[height]
                    if height > 1 { block?.signedHeader.commit.signatures[0].signature[3] ^= 1 }
                    return block
                }
            }
        }
        #expect(await Network.failure(try setup.network.synchroniser()) == .noWitness(height: 30))
        #expect(setup.network.providers.count == 1)
        #expect(try setup.network.stored() == 1)
    }

    @Test("over real sockets: one that drips, and one that never answers, are left at the deadline")
    func dripping() async throws {
        let chain = try #require(Self.chain)
        let nodes = ["a", "b", "c"].map { Forks.node($0, chain) }
        let slow: [@Sendable ([UInt8]) -> LocalHTTPServer.Answer] = [
            { .drip($0, milliseconds: 40) }, { _ in .nothing },
        ]
        for answer in slow {
            var servers: [LocalHTTPServer] = []
            for (index, node) in nodes.enumerated() {
                servers.append(
                    try await LocalHTTPServer { _, body in
                        guard let request = try? FakeNode.request(body),
                            let reply = try? await node.post(body, call: request.method, deadline: .seconds(1))
                        else { return .hangUp }
                        return index == 0 ? answer(reply) : .body(reply)
                    })
            }
            let clients = try servers.map {
                NodeClient(
                    transport: try HTTPTransport(RPCEndpoint($0.address)), deadline: .milliseconds(1_500))
            }
            let newest = try #require(chain.newest)
            let now = try #require(newest.header.time.advanced(byNanoseconds: 1_000_000_000))
            let replaced = NIOLockedValueBox<[SyncProgress]>([])
            let synchroniser = try Synchroniser(
                providers: Providers(primary: clients[0], witnesses: Array(clients.dropFirst())),
                chainID: chain.chainID,
                anchor: TrustAnchor(height: 1, hash: try #require(chain.blocks[1]?.header.hash())),
                options: try TrustOptions(period: .seconds(86_400)), store: nil, utc: { now },
                onProgress: { step in
                    guard case .primaryReplaced = step else { return }
                    replaced.withLockedValue { $0.append(step) }
                })
            #expect(try await synchroniser.advance() == newest)
            guard case .primaryReplaced(_, _, reason: .deadlinePassed)? = replaced.withLockedValue({ $0 }).first else {
                Issue.record("\(replaced.withLockedValue { $0 })")
                return
            }
            for client in clients { await client.close() }
            for server in servers { try await server.stop() }
        }
    }

    @Test("is not blamed for our own clock, for expiry, or for witnesses that are silent")
    func notItsFault() async throws {
        let setup = try setup()
        let synchroniser = try setup.network.synchroniser()
        setup.nodes[0].with { $0.newest = 10 }
        #expect(try await synchroniser.advance().height == 10)
        let good = setup.network.now.withLockedValue { $0 }
        for shift: Int64 in [-3_600, 15 * 86_400] {
            setup.network.now.withLockedValue { time in
                time = good.advanced(byNanoseconds: shift * 1_000_000_000) ?? time
            }
            #expect(await Network.failure(synchroniser) != nil)
        }
        #expect(setup.network.replacements == [])
        #expect(setup.network.providers.count == 3)
    }
}

/// The order of nodes as a value.
@Suite("The roster of nodes")
struct RosterTests {
    @Test("counts a name once, the primary first, and is watched only by others")
    func names() {
        let roster = ProviderRoster(["a", "b", "a", "c", "b"])
        #expect(roster.order == ["a", "b", "c"])
        #expect(roster.isWatched)
        #expect(!ProviderRoster(["a", "a"]).isWatched)
    }

    @Test("is changed by the failure of its primary alone")
    func others() {
        let clients = ["a", "b", "c"].map { name in
            NodeClient(transport: ChainNode(name, newest: 1) { _ in nil }, deadline: .seconds(1))
        }
        let providers = Providers(primary: clients[0], witnesses: Array(clients.dropFirst()))
        #expect(!providers.replace(clients[1].endpoint, fault: .lie, reason: "late news"))
        #expect(!providers.replace(clients[0].endpoint, fault: nil, reason: "our own"))
        #expect(providers.count == 3 && providers.primary.endpoint == clients[0].endpoint)
        #expect(providers.replace(clients[0].endpoint, fault: .service, reason: "slow"))
        #expect(!providers.replace(clients[0].endpoint, fault: .service, reason: "slow"), "told twice")
        #expect(providers.primary.endpoint == clients[1].endpoint)
    }

    @Test("never runs empty, and stays watched when only one is left")
    func last() {
        var roster = ProviderRoster(["a", "b"])
        roster.drop("a", "lied")
        roster.drop("b", "lied")
        roster.drop("z", "unknown")
        roster.replacePrimary()
        #expect(roster.order == ["b"])
        #expect(roster.dropped == ["a": "lied"])
        #expect(roster.isWatched)
        #expect(roster.witnessesOfRun() == [])
    }

    @Test("gives the primary's place to one that is not known to be silent")
    func place() {
        var roster = ProviderRoster(["a", "b", "c"])
        roster.note([("b", .ignored("no answer")), ("c", .equal)])
        roster.replacePrimary()
        #expect(roster.order == ["c", "b", "a"])
        roster.replacePrimary()
        #expect(roster.order == ["a", "b", "c"], "the one just replaced only after the others")
        var quiet = ProviderRoster(["a", "b"])
        quiet.note([("b", .ignored("no answer"))])
        quiet.replacePrimary()
        #expect(quiet.order == ["b", "a"], "better a silent one than the one that just failed")
    }

    @Test("leaves the silent out, but never everyone, and forgets silence at the first answer")
    func pauses() {
        var roster = ProviderRoster(["a", "b", "c"])
        #expect(roster.witnessesOfRun() == ["b", "c"])
        roster.note([("b", .ignored("no answer")), ("c", .equal)])
        #expect(roster.witnessesOfRun() == ["c"])
        #expect(roster.witnessesOfRun() == ["b", "c"])
        roster.note([("b", .ignored("no answer")), ("c", .ignored("no answer"))])
        #expect(roster.witnessesOfRun() == ["b", "c"], "all sit out: all are asked")
        roster.note([("b", .equal), ("c", .equal)])
        roster.note([("b", .ignored("no answer"))])
        #expect(roster.witnessesOfRun() == ["c"])
        #expect(roster.witnessesOfRun() == ["b", "c"], "the count of silences began anew")
        roster.note([("c", .dropped("lied"))])
        #expect(roster.witnessesOfRun() == ["b"])
    }
}
