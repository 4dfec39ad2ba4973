import Ledger
import LedgerSamples
import LightClient
import NIOConcurrencyHelpers
import Testing

@testable import PlatformLink

/// A charger with witnesses configured: what it is told, and what it goes on believing.
@Suite("A charger with witnesses")
struct WatchedLinkTests {
    /// The header of a height with another app hash, signed by the real validators: they could.
    private static func lunatic(from fork: Int64) -> FakeNode.Lie {
        { request, node in
            guard request.method == "commit" else { return nil }
            return try node.with { world -> [UInt8]? in
                let height = request.parameters["height"] == nil ? world.chain.height : request.height
                guard height >= fork, let block = world.chain.blocks[height] else { return nil }
                var header = block.header
                header.appHash = [UInt8](repeating: 6, count: 32)
                let commit = try world.chain.commit(to: header, by: block.validators)
                return try FakeNode.reply(
                    request.id,
                    CommitResult(signedHeader: SignedHeader(header: header, commit: commit), canonical: true))
            }
        }
    }

    @Test("charges and is acknowledged as without, each header confirmed")
    func agree() async throws {
        let bench = try Bench(mirrors: 2)
        _ = try bench.charge(kilowattHours: 3)
        for _ in 0..<4 { await bench.turn() }
        #expect(bench.journal.acknowledged(Bench.connector) == 5)
        #expect(bench.status?.isReachable == true)
        #expect(bench.mirrors.allSatisfy { $0.calls("commit") > 0 && $0.calls("abci_query") == 0 })
    }

    @Test("halts when a witness proves another chain: told with its own event, once in the log, over a restart")
    func halted() async throws {
        let bench = try Bench(mirrors: 1)
        await bench.turn()
        let height = try #require(bench.status?.height)
        _ = try bench.charge(kilowattHours: 3)
        try bench.node.makeBlock()
        bench.mirrors[0].tell(Self.lunatic(from: height + 1))
        guard case .halted(let halt)? = await bench.turn().last else {
            Issue.record("\(bench.told)")
            return
        }
        #expect(halt.divergence.commonHeight == height)
        #expect(halt.primary == bench.node.endpoint && halt.divergence.witness == bench.mirrors[0].endpoint)
        #expect(bench.status?.isReachable == false, "the offline policy decides")
        #expect(bench.status?.lastError == .trustHalted(halt))
        // The witness is honest again, the primary never was anything else: only a person can know.
        bench.mirrors[0].tell(nil)
        try bench.restart()
        for _ in 0..<3 {
            let told = await bench.turn()
            #expect(told == [.halted(halt)], "\(told)")
        }
        #expect(bench.journal.acknowledgements == ["0/1"], "nothing was acknowledged after the halt")
        let lines = bench.lines.withLockedValue { $0 }
        #expect(lines.filter { $0.hasPrefix("critical") && $0.contains("trust in the ledger is halted") }.count == 2)
        #expect(lines.contains { $0.contains("evidence of a lunatic attack was not taken by") })
    }

    @Test("gives up a node that lies about the state, and goes on with another")
    func stateLie() async throws {
        let bench = try Bench(mirrors: 2)
        bench.node.with {
            $0.lie = { request, node in
                guard request.method == "abci_query", request.key.hasPrefix("head/") else { return nil }
                var response = try node.query(request.parameters["data"] ?? "", request.height)
                response.value += [1]
                return try FakeNode.reply(request.id, ABCIQueryResult(response: response))
            }
        }
        _ = try bench.charge(kilowattHours: 3)
        guard case .refused? = await bench.turn().last else {
            Issue.record("\(bench.told)")
            return
        }
        #expect(await bench.link.client.endpoint == bench.mirrors[0].endpoint)
        for _ in 0..<4 { await bench.turn() }
        #expect(bench.journal.acknowledged(Bench.connector) == 5)
        #expect(bench.lines.withLockedValue { $0 }.contains { $0.contains("is no longer the primary node") })
    }

    @Test("leaves a node that stands still for one that goes on")
    func stalled() async throws {
        let bench = try Bench(mirrors: 2)
        await bench.turn()
        let newest = try bench.node.newest
        // The primary serves, and stays where it is; five minutes later that is not the present any more.
        bench.node.with {
            $0.lie = { request, _ in
                guard request.method == "status" else { return nil }
                return Array(
                    (#"{"jsonrpc":"2.0","id":\#(request.id),"result":{"node_info":{"network":"wattseal-test"},"#
                        + #""sync_info":{"latest_block_height":"\#(newest.height)","catching_up":false}}}"#).utf8)
            }
        }
        try bench.node.makeBlock(seconds: 400)
        try bench.node.makeBlock()
        guard case .unreachable(.staleHeader)? = await bench.turn().last else {
            Issue.record("\(bench.told)")
            return
        }
        await bench.turn()
        #expect(bench.status?.isReachable == true)
        #expect(bench.status?.height == newest.height + 2)
    }

    @Test("whose node is gone goes on with a witness in the same look; with all gone it is out of reach")
    func gone() async throws {
        let bench = try Bench(mirrors: 2)
        await bench.turn()
        bench.node.with { $0.isDown = true }
        try bench.node.makeBlock()
        await bench.turn()
        #expect(bench.status?.isReachable == true)
        for mirror in bench.mirrors { mirror.isDown = true }
        try bench.node.makeBlock()
        guard case .unreachable? = await bench.turn().last else {
            Issue.record("\(bench.told)")
            return
        }
        #expect(bench.status?.isReachable == false)
    }

    @Test("that nobody confirms is out of reach, and no node is blamed")
    func unconfirmed() async throws {
        let bench = try Bench(mirrors: 2)
        await bench.turn()
        for mirror in bench.mirrors { mirror.isDown = true }
        try bench.node.makeBlock()
        guard case .unreachable(.notConfirmed)? = await bench.turn().last else {
            Issue.record("\(bench.told)")
            return
        }
        #expect(await bench.link.client.endpoint == bench.node.endpoint)
        for mirror in bench.mirrors { mirror.isDown = false }
        await bench.turn()
        #expect(bench.status?.isReachable == true)
    }
}
