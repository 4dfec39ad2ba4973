import HostilePlatform
import LedgerSamples
import LightClient
import NIOConcurrencyHelpers
import Quantities
import SignedRecords
import Testing

@testable import PlatformLink

/// The device against a hostile platform on real sockets: each case is a mutation of an honest node's answers.
///
/// Bounds are counts: requests, connections, and bytes that the platform could get rid of.
@Suite("A hostile platform", .serialized)
struct HostilePlatformTests {
    /// A look costs a few requests for headers, and three for each chain's state; a set of validators at most 100 pages.
    static let mostRequests = 130
    /// What one reply may take on the line, and what two kernels' buffers and a write of ours hold.
    static let mostBytes = HTTPTransport.lineLimit + (8 << 20)

    /// A bench behind a hostile server.
    private final class Stage {
        let server: HostileServer
        let bench: Bench

        init(_ attack: HostileCase, mirrors: Int) async throws {
            let node = NIOLockedValueBox<FakeNode?>(nil)
            server = try await HostileServer { body in
                guard let node = node.withLockedValue({ $0 }) else { throw HostileError.notARequest }
                return try await node.post(body, call: "", deadline: .seconds(60))
            }
            bench = try Bench(
                mirrors: mirrors, primary: try HTTPTransport(RPCEndpoint(server.address)),
                callDeadline: attack.isSlow ? .milliseconds(1_500) : .seconds(60))
            node.withLockedValue { $0 = bench.node }
            switch attack.phase {
            case .start: _ = try bench.charge(kilowattHours: 3)
            case .sending:
                await bench.turn()
                _ = try bench.charge(kilowattHours: 3)
            case .proving:
                _ = try bench.charge(kilowattHours: 3)
                await bench.turn()
            }
            bench.lines.withLockedValue { $0 = [] }
            bench.wall.withLockedValue { $0 = ($0 ?? 0) + attack.secondsLater }
            server.be(attack)
        }

        /// What the log says at a level that someone reads.
        var warnings: [String] {
            bench.lines.withLockedValue { lines in
                lines.filter { $0.hasPrefix("warning") || $0.hasPrefix("error") || $0.hasPrefix("critical") }
            }
        }

        /// Nothing of what the platform said was believed.
        func checkNothingBelieved(_ attack: HostileCase, acknowledged: [String]) throws {
            // What was proved honestly before the lie stands.
            let proved = acknowledged + (attack.isBehindHeads ? ["1/5"] : [])
            #expect(bench.journal.acknowledgements == proved, "\(attack): acknowledged")
            #expect(try ProofStore(directory: bench.folder).sessions() == [], "\(attack): a proof was stored")
            try checkTrust(attack)
            for event in bench.told {
                switch event {
                case .acknowledged where attack.isBehindHeads: break
                case .grant(_, .some), .settlement, .acknowledged: Issue.record("\(attack): \(event)")
                default: break
                }
            }
        }

        /// What is trusted is a block of the honest chain.
        func checkTrust(_ attack: HostileCase) throws {
            guard let stored = try TrustedStore(directory: bench.folder).load(chainID: "wattseal-test") else { return }
            let honest = bench.node.with { $0.chain.blocks[stored.height]?.header.hash() }
            #expect(stored.header.hash() == honest, "\(attack): a forged block is trusted")
        }

        func end() async throws {
            server.be(nil)
            try await server.stop()
        }
    }

    @Test("is refused in every case, in bounded work, with a line of its own; and the truth is taken up again")
    func alone() async throws {
        var lines: [(attack: HostileCase, line: String)] = []
        for attack in HostileCase.all {
            let stage = try await Stage(attack, mirrors: 0)
            let before = stage.bench.journal.acknowledgements
            await stage.bench.turn()
            let count = stage.server.count
            #expect(count.lies > 0, "\(attack): nothing was lied about")
            #expect(count.requests <= Self.mostRequests, "\(attack): \(count)")
            #expect(count.connections <= 3, "\(attack): \(count)")
            #expect(count.bytes <= Self.mostBytes, "\(attack): \(count)")
            try stage.checkNothingBelieved(attack, acknowledged: before)
            #expect(stage.bench.status?.lastError != nil, "\(attack): the status knows of nothing")
            #expect(stage.warnings.count == 1, "\(attack): \(stage.warnings)")
            lines.append((attack, stage.warnings.last ?? ""))
            // The same platform, honest again: nothing was lost.
            stage.server.be(nil)
            stage.bench.wall.withLockedValue { $0 = 1 }
            stage.bench.clock.withLockedValue { $0 += 60_000_000_000 }
            for _ in 0..<3 where stage.bench.journal.acknowledged(Bench.connector) < 5 { await stage.bench.turn() }
            #expect(stage.bench.journal.acknowledged(Bench.connector) == 5, "\(attack): \(stage.warnings)")
            try await stage.end()
        }
        Self.checkLines(lines)
        print("hostile platform: \(lines.count) cases")
        #expect(lines.count >= 36)
    }

    /// Each line says what its case is to say, and what no other case says.
    private static func checkLines(_ lines: [(attack: HostileCase, line: String)]) {
        for (attack, line) in lines {
            #expect(attack.words.allSatisfy(line.contains), "\(attack): expected \(attack.words) in: \(line)")
            for (other, otherLine) in lines where other.name != attack.name {
                #expect(
                    !attack.words.allSatisfy(otherLine.contains),
                    "\(attack)'s words \(attack.words) are found for \(other), too: \(otherLine)")
            }
        }
        #expect(Set(lines.map(\.attack.name)).count == lines.count, "two cases have one name")
    }

    @Test("is left for an honest provider, where two others are there")
    func replaced() async throws {
        for attack in HostileCase.all {
            let stage = try await Stage(attack, mirrors: 2)
            var turns = 0
            while stage.bench.journal.acknowledged(Bench.connector) < 5, turns < 6 {
                await stage.bench.turn()
                stage.bench.wall.withLockedValue { $0 = 1 }
                stage.bench.clock.withLockedValue { $0 += 60_000_000_000 }
                turns += 1
            }
            #expect(
                stage.bench.journal.acknowledged(Bench.connector) == 5,
                "\(attack) after \(turns) turns: \(stage.warnings)")
            try stage.checkTrust(attack)
            #expect(stage.server.count.requests <= 2 * Self.mostRequests, "\(attack): \(stage.server.count)")
            try await stage.end()
        }
    }

    @Test("that takes records and keeps them back is named, asked again, and left where another is there")
    func withheldTransactions() async throws {
        for mirrors in [0, 2] {
            let bench = try Bench(mirrors: mirrors)
            await bench.turn()
            _ = try bench.charge(kilowattHours: 3)
            bench.node.with { world in
                world.lie = { request, _ in
                    guard request.method == "broadcast_tx_sync" else { return nil }
                    return Array(#"{"jsonrpc":"2.0","id":\#(request.id),"result":{"code":0,"log":""}}"#.utf8)
                }
            }
            await bench.turn()
            #expect(bench.journal.acknowledgements == ["0/1"])
            bench.clock.withLockedValue { $0 += 60_000_000_000 }
            await bench.turn()
            #expect(bench.journal.acknowledgements == ["0/1"])
            let line = "records 1 to 5 of chain 1 were taken, and the ledger does not hold them"
            #expect(bench.lines.withLockedValue { $0.contains { $0.contains(line) } })
            guard mirrors > 0 else { continue }
            await bench.turn()
            #expect(bench.journal.acknowledged(Bench.connector) == 5, "\(bench.lines.withLockedValue { $0 })")
        }
    }

    /// What two thirds of the validators sign beside the honest chain: another state, another block, another round.
    private static func secondChain(_ kind: AttackEvidence.Kind, above height: Int64) -> FakeNode.Lie {
        { request, node in
            guard request.method == "commit" else { return nil }
            return try node.with { world -> [UInt8]? in
                let asked = request.parameters["height"] == nil ? world.chain.height : request.height
                guard asked > height, let block = world.chain.blocks[asked] else { return nil }
                var header = block.header
                if kind == .lunatic {
                    header.appHash = [UInt8](repeating: 6, count: 32)
                } else {
                    header.dataHash = .sha256([6])
                }
                let commit = try world.chain.commit(to: header, by: block.validators, round: kind == .amnesia ? 1 : 0)
                return try FakeNode.reply(
                    request.id,
                    CommitResult(signedHeader: SignedHeader(header: header, commit: commit), canonical: true))
            }
        }
    }

    @Test("whose validators sign two chains halts all trust, with a line for each way of doing so")
    func twoChains() async throws {
        for kind in [AttackEvidence.Kind.lunatic, .equivocation, .amnesia] {
            let bench = try Bench(mirrors: 1)
            await bench.turn()
            let height = try #require(bench.status?.height)
            _ = try bench.charge(kilowattHours: 3)
            try bench.node.makeBlock()
            // The primary is the one that lies.
            bench.node.with { $0.lie = Self.secondChain(kind, above: height) }
            bench.mirrors[0].tell { request, node in try node.answer(request) }
            await bench.turn()
            #expect(bench.journal.acknowledgements == ["0/1"], "\(kind)")
            let words = "two chains follow from block \(height) (\(kind.rawValue))"
            #expect(
                bench.lines.withLockedValue { $0.contains { $0.hasPrefix("critical") && $0.contains(words) } },
                "\(bench.lines.withLockedValue { $0 })")
            #expect(bench.status?.isReachable == false)
            // Honest again is not enough.
            bench.node.with { $0.lie = nil }
            await bench.turn()
            #expect(bench.journal.acknowledgements == ["0/1"], "\(kind)")
        }
    }
}
