import Foundation
import LightClient
import Testing

/// Two chains that both convince: where they part, who is told what, and in which order.
@Suite("A proved divergence")
struct DivergenceTests {
    typealias Bench = DetectorBench

    private func divergence(_ run: Bench.Run) throws -> Divergence {
        guard case .diverged(let divergence)? = run.outcome else { throw Failure.noDivergence("\(run)") }
        return divergence
    }

    private enum Failure: Error {
        case noDivergence(String)
    }

    /// A primary that lies from height 9 on, or the witness does: the same steps, for nobody can tell which.
    @Test(
        "of headers with another state: parts at the first height that differs; halt, then evidence both ways",
        arguments: [true, false])
    func lunatic(primaryLies: Bool) throws {
        let chain = try TestChain(4)
        let bench = try Bench.usual(
            primary: { primaryLies ? try Bench.lie($0, $1, from: 9) : try $0.block($1) },
            witnesses: [("w", primaryLies ? Bench.honest() : Bench.lunatic(from: 9))])
        let run = try bench.run()
        #expect(
            run.steps == [
                "ask 12 w", "fetch 12 w", "fetch 1 w", "fetch 5 w", "fetch 9 w", "halt 5", "report w",
                "fetch 5 primary",
                "report primary",
            ])
        let found = try divergence(run)
        #expect(found.kind == .lunatic)
        #expect(found.commonHeight == 5)
        #expect(found.primaryHeight == 9 && found.witnessHeight == 9)
        let honest = try chain.block(9)
        let lie = try Bench.lie(chain, 9, from: 9)
        #expect(found.primaryHash == (primaryLies ? lie : honest).header.hash())
        #expect(found.witnessHash == (primaryLies ? honest : lie).header.hash())
        try #require(run.evidence.count == 2)
        let common = try chain.block(5)
        let against = [
            try AttackEvidence(conflicting: lie, trusted: honest, common: common),
            try AttackEvidence(conflicting: honest, trusted: lie, common: common),
        ]
        #expect(run.evidence.map(\.to) == [.witness("w"), .primary])
        #expect(run.evidence.map(\.evidence.protobuf) == (primaryLies ? against : against.reversed()).map(\.protobuf))
        #expect(run.evidence[0].evidence.byzantine.count == 4)
    }

    @Test("of two blocks in one round names who signed both; of two rounds names nobody")
    func equivocationAndAmnesia() throws {
        for (round, kind) in [(0, AttackEvidence.Kind.equivocation), (1, .amnesia)] as [(Int32, AttackEvidence.Kind)] {
            let twin: (TestChain, Int64) throws -> LightBlock = { chain, height in
                guard height == 12 else { return try chain.block(height) }
                var header = try chain.header(height)
                header.dataHash = .sha256([7])
                return LightBlock(
                    signedHeader: SignedHeader(
                        header: header, commit: try chain.commit(header, round: round, absent: [3])),
                    validators: try chain.set())
            }
            let run = try Bench.usual(primary: twin, witnesses: [("w", Bench.honest())]).run()
            let found = try divergence(run)
            #expect(found.kind == kind)
            #expect(found.commonHeight == 9)
            let evidence = try #require(run.evidence.first).evidence
            #expect(evidence.commonHeight == 12)
            #expect(evidence.byzantine.count == (kind == .amnesia ? 0 : 3))
            #expect(run.evidence.count == 2)
        }
    }

    @Test("of a height that the honest chain has not reached, though its clock has")
    func forward() throws {
        // The primary's 12 claims the time of 10; the witness stands at 11.
        let ahead: (TestChain, Int64) throws -> LightBlock = { chain, height in
            guard height == 12 else { return try chain.block(height) }
            let time = try TestChain.time(10)
            return try chain.block(height) {
                $0.appHash = [6]
                $0.time = time
            }
        }
        let run = try Bench.usual(primary: ahead, witnesses: [("w", Bench.honest(11))]).run()
        let found = try divergence(run)
        #expect(found.kind == .lunatic)
        #expect(found.commonHeight == 9)
        #expect(found.primaryHeight == 12 && found.witnessHeight == 11)
        #expect(run.waited == .zero)
        #expect(run.steps.prefix(3) == ["ask 12 w", "newest w", "fetch 11 w"])
        let evidence = try #require(run.evidence.first).evidence
        #expect(evidence.commonHeight == 9)
        #expect(evidence.conflicting.height == 12)
        // The same time is late enough: times rise with heights, so it cannot be of the same chain.
        let level: (TestChain, Int64) throws -> LightBlock = { chain, height in
            guard height == 12 else { return try chain.block(height) }
            let time = try TestChain.time(11)
            return try chain.block(height) {
                $0.appHash = [6]
                $0.time = time
            }
        }
        _ = try divergence(try Bench.usual(primary: level, witnesses: [("w", Bench.honest(11))]).run())
    }

    @Test("halts although the primary no longer answers, or has no chain of its own any more")
    func primaryGone() throws {
        var bench = try Bench.usual(primary: { try Bench.lie($0, $1, from: 9) }, witnesses: [("w", Bench.honest())])
        bench.primary.isSilent = true
        var run = try bench.run()
        _ = try divergence(run)
        #expect(run.evidence.map(\.to) == [.witness("w")])
        // It now shows the witness's blocks: nothing to say against the witness, and a halt all the same.
        let chain = try TestChain(4)
        bench.primary = Bench.Node(block: { try chain.block($0 == 5 ? 6 : $0) }, newest: 12)
        run = try bench.run()
        _ = try divergence(run)
        #expect(run.evidence.count == 1)
    }

    /// Blocks forged by validators of a real network, and the evidence that its full nodes accepted.
    @Test("of recorded attacks gives the evidence that full nodes accepted, byte for byte", arguments: [true, false])
    func recorded(primaryLies: Bool) throws {
        let attacks = try Vectors.table([RecordedAttack].self, "generated/main4-attacks.json")
        #expect(attacks.count == 2)
        for attack in attacks {
            let lie = try attack.block.lightBlock()
            let common = try Vectors.lightBlock("main4", attack.commonHeight)
            let truth = try Vectors.lightBlock("main4", attack.trustedHeight)
            let honest: (Int64) throws -> LightBlock? = { height in
                try? Vectors.lightBlock("main4", Int(height))
            }
            let liar: (Int64) throws -> LightBlock? = { $0 == lie.height ? lie : try honest($0) }
            let newest = Int64(attack.trustedHeight)
            let bench = DetectorBench(
                chainID: "ev-ledger-4", options: try TrustOptions(period: .seconds(86_400)),
                now: try #require(truth.header.time.advanced(byNanoseconds: 60_000_000_000)),
                trace: [common, primaryLies ? lie : truth],
                primary: Bench.Node(block: primaryLies ? liar : honest, newest: newest),
                witnesses: [("w", Bench.Node(block: primaryLies ? honest : liar, newest: newest))])
            let run = try bench.run()
            _ = try divergence(run)
            let evidence = try #require(
                run.evidence.first { $0.to == (primaryLies ? .witness("w") : .primary) }, "\(run)"
            ).evidence
            #expect(Hex.encode(evidence.protobuf) == attack.evidenceProtobuf, "\(attack.name)")
            #expect(try evidence.hash().hex == attack.evidenceHash)
        }
    }
}
