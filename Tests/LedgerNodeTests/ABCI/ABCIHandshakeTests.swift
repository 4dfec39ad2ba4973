import ChargerSamples
import Foundation
import Ledger
import LightClient
import SignedRecords
import Testing

@testable import LedgerNode

/// What a node does at its start, at every distance between its blocks and the application's state.
///
/// Red where `finalizeBlock` already moves the height, where `commit` leaves out the app hash or the marks, or without the checks
/// of kind, chain id and height.
@Suite("ABCI handshake")
struct ABCIHandshakeTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    /// A network of some blocks, and the application behind it.
    private func network(_ blocks: Int, initialHeight: Int64 = 1) async throws -> (ABCINode, SampleConsensus) {
        let node = try await ABCINode.start(SampleNetwork.configuration(home))
        let consensus = try SampleConsensus(node.address, initialHeight: initialHeight)
        try await consensus.handshake()
        for transactions in try SampleNetwork.blocks(blocks, seed: 4) { try await consensus.makeBlock(transactions) }
        return (node, consensus)
    }

    /// Stops the application, puts a home in the place of its own, and starts it again.
    private func restart(
        _ node: ABCINode, _ consensus: SampleConsensus, with other: TemporaryHome? = nil, empty: Bool = false
    ) async throws -> ABCINode {
        await node.stop()
        let path = home.path + "/abci"
        if other != nil || empty { try FileManager.default.removeItem(atPath: path) }
        if let other { try FileManager.default.copyItem(atPath: other.path + "/home", toPath: path) }
        let again = try await ABCINode.start(SampleNetwork.configuration(home))
        try consensus.redial(again.address)
        return again
    }

    /// The application's home as a power cut would leave it now.
    private func copy() throws -> TemporaryHome {
        let copy = try TemporaryHome()
        try FileManager.default.copyItem(atPath: home.path + "/abci", toPath: copy.path + "/home")
        return copy
    }

    @Test("a node that dials while the application stops is closed, and nothing traps")
    func dialledAtTheEnd() async throws {
        for _ in 0..<15 {
            let node = try await ABCINode.start(SampleNetwork.configuration(home))
            let address = node.address
            let dialling = Task.detached {
                // Until nobody listens any more.
                var count = 0
                while (try? ABCIDialer(address)) != nil { count += 1 }
                return count
            }
            try await Task.sleep(for: .milliseconds(2))
            await node.stop()
            _ = await dialling.value
        }
    }

    @Test("an empty application is given genesis and every block; one that is at the height of the blocks, nothing")
    func fromNothing() async throws {
        var (node, consensus) = try await network(6)
        let hash = consensus.appHash
        node = try await restart(node, consensus)
        try await consensus.handshake()
        #expect(await node.standing == .init(chainID: "wattseal-test", height: 6, appHash: hash))
        node = try await restart(node, consensus, empty: true)
        #expect(await node.standing.height == 0)
        try await consensus.handshake()
        #expect(await node.standing == .init(chainID: "wattseal-test", height: 6, appHash: hash))
        try await consensus.makeBlock([])
        await node.stop()
    }

    @Test("an application behind by one or by many is brought up with the same hashes", arguments: [1, 2, 5])
    func behind(by gap: Int) async throws {
        var (node, consensus) = try await network(3)
        let old = try copy()
        for transactions in try SampleNetwork.blocks(3 + gap, seed: 4)[3...] {
            try await consensus.makeBlock(transactions)
        }
        let hash = consensus.appHash
        node = try await restart(node, consensus, with: old)
        #expect(await node.standing.height == 3)
        try await consensus.handshake()
        let standing = await node.standing
        #expect(standing.height == Int64(3 + gap) && standing.appHash == hash)
        try await consensus.makeBlock([])
        await node.stop()
    }

    @Test("an application ahead, and one with another state, are seen by the node")
    func differing() async throws {
        let (node, consensus) = try await network(4)
        consensus.lose(1)
        await #expect(throws: SampleConsensus.Stopped.appAhead(4, store: 3)) { try await consensus.handshake() }
        consensus.decide([])
        consensus.misremember()
        await #expect(throws: SampleConsensus.Stopped.appHashDiffers(height: 4)) { try await consensus.handshake() }
        await node.stop()
    }

    @Test(
        "an application that ended between FinalizeBlock and Commit finalises again to the same; nothing had been kept")
    func betweenFinalizeAndCommit() async throws {
        var (node, consensus) = try await network(4)
        let before = await node.standing
        let block = try [SampleNetwork.transfer(0, from: "charger owner"), SampleNetwork.transfer(90)]
        consensus.decide(block)
        let first = try await consensus.finalize(block, height: 5)
        // Asked again before any commit it says the same, too.
        #expect(try await consensus.finalize(block, height: 5) == first)
        #expect(try await consensus.info().lastBlockHeight == 4)
        node = try await restart(node, consensus, with: try copy())
        #expect(await node.standing == before)
        try await consensus.handshake()
        let after = await node.standing
        #expect(after.height == 5 && after.appHash == first.appHash)
        await node.stop()
    }

    @Test(
        "a commit that the disk refuses is an exception; the old height stands, and the same block goes through later")
    func refusedCommit() async throws {
        var (node, consensus) = try await network(3)
        let before = await node.standing
        await node.stop()
        let path = home.path + "/abci/state.sqlite"
        let database = try SQLiteDatabase(path: path)
        try database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON meta BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
        database.close()
        node = try await ABCINode.start(SampleNetwork.configuration(home))
        try consensus.redial(node.address)
        try await consensus.handshake()
        let block = [try SampleNetwork.transfer(50), try SampleNetwork.transfer(0, from: "driver", amount: 9)]
        consensus.decide(block)
        let answer = try await consensus.finalize(block, height: 4)
        try await consensus.consensus.send([.commit])
        #expect(try await consensus.consensus.exception()?.contains("disk is full") == true)
        // Other connections go on, with the state as it was.
        #expect(try await consensus.info().lastBlockAppHash == before.appHash)
        await node.stop()
        let repaired = try SQLiteDatabase(path: path)
        try repaired.execute("DROP TRIGGER full")
        repaired.close()
        node = try await ABCINode.start(SampleNetwork.configuration(home))
        #expect(await node.standing == before)
        try consensus.redial(node.address)
        try await consensus.handshake()
        #expect(await node.standing.height == 4)
        #expect(await node.standing.appHash == answer.appHash)
        await node.stop()
    }

    @Test("nodes of ABCI 2.0 and 2.1, and tools that say nothing, are told where the state stands")
    func versions() async throws {
        let node = try await ABCINode.start(SampleNetwork.configuration(home))
        for version in ["2.0.0", "2.1.0", ""] {
            let line = try ABCIDialer(node.address)
            let answer = try await line.call(.info(.init(version: "1.0.1", abciVersion: version)))
            #expect(answer == .info(.init(data: "wattseal", version: "1", appVersion: 1)), "\(version)")
        }
        await node.stop()
    }

    @Test("a commit without a block, a block out of turn, InitChain over a state, and another chain are exceptions")
    func refusals() async throws {
        let (node, consensus) = try await network(2)
        let (time, state) = (SampleNetwork.time(9), try SampleNetwork.appState())
        for (request, reason) in [
            (.commit, "no finalised block"),
            (.finalizeBlock(.init(height: 2, time: time)), "finalise height 2 at height 2"),
            (.finalizeBlock(.init(height: 4, time: time)), "finalise height 4 at height 2"),
            (.initChain(try SampleNetwork.initChain()), "the chain has begun"),
            (.info(.init(abciVersion: "0.17.0")), "expected 2.x"),
        ] as [(ABCI.Request, String)] {
            let line = try ABCIDialer(node.address)
            try await line.send([request])
            let text = try await line.exception()
            #expect(text?.contains(reason) == true, "\(request): \(text ?? "-")")
        }
        // The state is as it was.
        try await consensus.makeBlock([])
        await node.stop()

        let other = {
            var other = SampleNetwork.configuration(home)
            other.chainID = "another"
            return other
        }()
        await #expect(
            throws: LedgerNodeError.homeMismatch(what: "chain id", expected: "another", found: "wattseal-test")
        ) { try await ABCINode.start(other) }
        var fresh = SampleNetwork.configuration(home, "fresh")
        fresh.chainID = "wattseal-test"
        let empty = try await ABCINode.start(fresh)
        for (request, reason) in [
            (
                try SampleNetwork.initChain(chainID: "another"),
                "another chain id: expected wattseal-test, found another"
            ),
            (try SampleNetwork.initChain(appState: []), "app_state"),
            (try SampleNetwork.initChain(appState: Array("{}".utf8)), "app_state"),
            (try SampleNetwork.initChain(appState: state, initialHeight: -1), "initial_height"),
        ] {
            let line = try ABCIDialer(empty.address)
            try await line.send([.initChain(request)])
            let text = try await line.exception()
            #expect(text?.contains(reason) == true, "\(text ?? "-")")
        }
        // Nothing of it stays: the right genesis begins.
        let right = try SampleConsensus(empty.address)
        try await right.handshake()
        try await right.makeBlock([])
        await empty.stop()
    }

    @Test("a chain may begin at another height than 1")
    func initialHeight() async throws {
        var (node, consensus) = try await network(3, initialHeight: 500)
        #expect(await node.standing.height == 502)
        node = try await restart(node, consensus)
        try await consensus.handshake()
        try await consensus.makeBlock([try SampleNetwork.transfer(70)])
        let key = StateKey.parameters.bytes
        for height in [Int64(499), 500, 503] {
            let answer = try await consensus.ask(.init(data: key, path: "/key", height: height, prove: true))
            #expect(answer.code == 0 && answer.height == height && answer.proofOps != nil, "\(answer.log)")
        }
        #expect(try await consensus.ask(.init(data: key, path: "/key", height: 498)).code == 3)
        await node.stop()
    }

    @Test("a home is one process's, and of one kind")
    func homes() async throws {
        let configuration = SampleNetwork.configuration(home)
        let node = try await ABCINode.start(configuration)
        await #expect(throws: LedgerNodeError.homeInUse(path: configuration.home)) {
            try await ABCINode.start(configuration)
        }
        await node.stop()
        var standalone = try home.configuration()
        standalone.home = configuration.home
        #expect(throws: LedgerNodeError.homeMismatch(what: "kind", expected: "standalone", found: "abci")) {
            try NodeHome(standalone)
        }
        let chain = try await LedgerNode.start(try home.configuration())
        await chain.stop()
        await #expect(throws: LedgerNodeError.homeMismatch(what: "kind", expected: "abci", found: "standalone")) {
            try await ABCINode.start(SampleNetwork.configuration(home, "home"))
        }
        // A failed start leaves the lock to the next one.
        let again = try await LedgerNode.start(try home.configuration())
        await again.stop()
    }

    @Test("the genesis that docs/network.md shows begins a chain")
    func documented() async throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/network.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let json = try #require(text.split(separator: "```json\n").last?.split(separator: "```").first)
        let genesis = try RPCJSON.decode(LedgerGenesis.self, from: Array(json.utf8))
        #expect(genesis.evidenceWindowSeconds == 21 * 86_400 && genesis.balances.count == 1)
        #expect(text.contains("max_age_duration = \"\(genesis.evidenceWindowSeconds * 1_000_000_000)\""))
        let node = try await ABCINode.start(SampleNetwork.configuration(home))
        let consensus = try SampleConsensus(node.address)
        try await consensus.handshake(appState: Array(json.utf8))
        try await consensus.makeBlock([])
        await node.stop()
    }
}
