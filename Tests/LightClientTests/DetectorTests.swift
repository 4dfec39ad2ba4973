import LightClient
import Testing

/// What witnesses say about a verified header, and what is made of it. Each test names the guard that it holds.
@Suite("Witnesses")
struct DetectorTests {
    typealias Bench = DetectorBench

    // MARK: Agreement

    @Test("one with the same header is enough; silent ones count for nothing")
    func equal() throws {
        let run = try Bench.usual(witnesses: [
            ("a", { _ in Bench.Node(block: { _ in nil }, newest: 12, isSilent: true) }), ("b", Bench.honest()),
            ("c", { _ in Bench.Node(block: { _ in nil }, newest: 12) }),
        ]).run()
        #expect(run.outcome == .confirmed)
        #expect(run.steps == ["ask 12 a,b,c"], "all are asked at once, and once")
        #expect(run.standings == ["a": .ignored("no answer"), "b": .equal, "c": .ignored("pruned")])
    }

    @Test("who all say nothing confirm nothing, and none at all is a mistake of its own")
    func nobody() throws {
        let silent: (TestChain) -> Bench.Node = { _ in Bench.Node(block: { _ in nil }, newest: 12, isSilent: true) }
        #expect(try Bench.usual(witnesses: [("a", silent), ("b", silent)]).run().outcome == .unconfirmed)
        #expect(try Bench.usual(witnesses: []).run().outcome == .noWitness)
        var empty = try Bench.usual(witnesses: [("a", Bench.honest())])
        empty.trace = []
        #expect(try empty.run().outcome == .noWitness)
    }

    @Test("that send an invalid header, or one of another height or chain, are dropped")
    func invalid() throws {
        let invalid: [(TestChain) -> Bench.Node] = [
            { chain in
                // The header was altered: its commit is for another block.
                Bench.Node(
                    block: {
                        var block = try chain.block($0)
                        block.signedHeader.header.appHash = [1]
                        return block
                    }, newest: 12)
            },
            { chain in Bench.Node(block: { try chain.block(min($0, 11)) }, newest: 12) },
            { chain in Bench.Node(block: { try chain.block($0) { $0.chainID = "another" } }, newest: 12) },
        ]
        for node in invalid {
            let run = try Bench.usual(witnesses: [("bad", node), ("good", Bench.honest())]).run()
            #expect(run.outcome == .confirmed)
            #expect(run.steps == ["ask 12 bad,good"], "no chain is asked for behind an invalid header")
            guard case .dropped? = run.standings["bad"] else {
                Issue.record("\(run.standings)")
                continue
            }
            #expect(try Bench.usual(witnesses: [("bad", node)]).run().outcome == .noWitness)
        }
    }

    // MARK: Behind

    @Test("that are behind are waited for in pieces, and compared as soon as they are there")
    func catchesUp() throws {
        let run = try Bench.usual(witnesses: [
            ("a", { chain in Bench.Node(block: { try chain.block($0) }, newest: 10, grows: true) })
        ]).run()
        #expect(run.outcome == .confirmed)
        #expect(run.waited == .seconds(4), "two blocks of 2 s")
        #expect(run.steps == ["ask 12 a", "newest a", "newest a", "newest a"])
    }

    @Test("that stay behind are waited for twice the drift and the lag, once for all, then ignored")
    func staysBehind() throws {
        let run = try Bench.usual(witnesses: [("a", Bench.honest(11)), ("b", Bench.honest(3))]).run()
        #expect(run.outcome == .unconfirmed)
        #expect(run.waited == .seconds(30))
        #expect(run.standings["a"] == .ignored("it stays behind"))
        let other = try Bench.usual(witnesses: [("a", Bench.honest(11)), ("b", Bench.honest())]).run()
        #expect(other.outcome == .confirmed)
        var narrow = try Bench.usual(witnesses: [("a", Bench.honest(11))])
        narrow.options = try TrustOptions(period: .seconds(86_400), drift: .milliseconds(1_500))
        #expect(try narrow.run().waited == .seconds(13), "the last piece is shorter")
    }

    @Test("that passed the height meanwhile are asked for it again, but not for ever")
    func passes() throws {
        // Between the two questions its chain grew by two.
        var asked = 0
        let jumps: (TestChain) -> Bench.Node = { chain in
            Bench.Node(
                block: {
                    asked += 1
                    return try chain.block(asked == 1 ? $0 + 3 : $0)
                }, newest: 11)
        }
        var run = try Bench.usual(witnesses: [("a", jumps), ("b", Bench.honest())]).run()
        #expect(run.steps.prefix(3) == ["ask 12 a,b", "newest a", "ask 12 a"])
        #expect(run.outcome == .confirmed)
        #expect(run.standings["a"] == .ignored("it says that it is above height 12 and that it is not"))
        // The newest header itself has the height: no further question.
        let arrives: (TestChain) -> Bench.Node = { chain in
            Bench.Node(block: { try chain.block($0 + 1) }, newest: 11)
        }
        run = try Bench.usual(witnesses: [("a", arrives)]).run()
        #expect(run.steps == ["ask 12 a", "newest a"])
        #expect(run.outcome == .confirmed)
    }

    // MARK: Conflicts that prove nothing

    @Test("that differ and cannot prove their chain are dropped, and the run goes on with the others")
    func unproved() throws {
        // Signed by nobody that was trusted.
        let strangers: (TestChain) -> Bench.Node = { _ in
            Bench.Node(block: { try TestChain(4, prefix: "x").block($0) }, newest: 12)
        }
        // Its headers hang together, its blocks are gone when they are asked for.
        let gone: (TestChain) -> Bench.Node = { chain in
            Bench.Node(block: { $0 == 12 ? try Bench.lie(chain, $0, from: 9) : nil }, newest: 12)
        }
        // It left the chain before the block that was trusted.
        let elder: (TestChain) -> Bench.Node = { chain in
            Bench.Node(block: { try Bench.lie(chain, $0, from: 1) }, newest: 12)
        }
        // One block for the comparison, another for the proof.
        var turns = 0
        let twofold: (TestChain) -> Bench.Node = { chain in
            Bench.Node(
                block: { height in
                    turns += 1
                    return try chain.block(height) { $0.appHash = [UInt8(turns % 2)] }
                }, newest: 12)
        }
        // The real validators' names under signatures that are none.
        let forger: (TestChain) -> Bench.Node = { chain in
            Bench.Node(
                block: { height in
                    var block = try Bench.lie(chain, height, from: 12)
                    if height == 12 {
                        for index in 0..<4 { block.signedHeader.commit.signatures[index].signature[7] ^= 1 }
                    }
                    return block
                }, newest: 12)
        }
        // It answers for another height on the way.
        let shifted: (TestChain) -> Bench.Node = { chain in
            Bench.Node(block: { try $0 == 5 ? chain.block(6) : Bench.lie(chain, $0, from: 12) }, newest: 12)
        }
        // And for another height than the one that conflicts.
        var asked = 0
        let slipping: (TestChain) -> Bench.Node = { chain in
            Bench.Node(
                block: { height in
                    asked += 1
                    return try Bench.lie(chain, asked == 2 ? height - 1 : height, from: 9)
                }, newest: 12)
        }
        for node in [strangers, gone, elder, twofold, forger, shifted, slipping] {
            asked = 0
            let run = try Bench.usual(witnesses: [("bad", node), ("good", Bench.honest())]).run()
            #expect(run.outcome == .confirmed)
            #expect(run.evidence.isEmpty)
            guard case .dropped? = run.standings["bad"] else {
                Issue.record("\(run.standings)")
                continue
            }
            (turns, asked) = (0, 0)
            #expect(try Bench.usual(witnesses: [("bad", node)]).run().outcome == .noWitness)
        }
        let run = try Bench.usual(witnesses: [("bad", shifted)]).run()
        #expect(run.standings["bad"] == .dropped("it cannot verify its own chain: asked for height 5, got 6"))
    }

    @Test("that differ are heard before others are waited for")
    func order() throws {
        let run = try Bench.usual(witnesses: [("slow", Bench.honest(11)), ("b", Bench.lunatic(from: 9))]).run()
        guard case .diverged? = run.outcome else {
            Issue.record("\(run)")
            return
        }
        #expect(run.waited == .zero)
    }

    // MARK: Where trust begins

    @Test("have the anchor, or not, or contradict it")
    func anchor() throws {
        func outcome(_ node: @escaping (TestChain) -> Bench.Node) throws -> Detector.Outcome? {
            var bench = try Bench.usual(witnesses: [("a", node)])
            bench.trace = [bench.trace[1]]
            let run = try bench.run()
            #expect(run.waited == .zero && run.steps == ["ask 5 a"], "nobody is waited for where a person vouches")
            return run.outcome
        }
        #expect(try outcome(Bench.honest()) == .confirmed)
        #expect(try outcome(Bench.honest(4)) == .confirmed, "who does not have it yet cannot shake it")
        #expect(try outcome { _ in Bench.Node(block: { _ in nil }, newest: 12) } == .confirmed)
        let found = try #require(try Bench.lie(try TestChain(4), 5, from: 5).header.hash())
        #expect(try outcome(Bench.lunatic(from: 5)) == .anchorContradicted(witness: "a", found: found))
    }

    @Test("and events that nobody asked for change nothing")
    func outOfTurn() throws {
        let bench = try Bench.usual(witnesses: [("a", Bench.honest())])
        let block = bench.trace[0]
        var detector = Detector(
            trace: bench.trace, witnesses: ["a"], chainID: bench.chainID, options: bench.options)
        detector.fetched(block, now: bench.now)
        detector.fetchFailed("nothing")
        detector.halted()
        detector.reported(now: bench.now)
        detector.waited()
        #expect(detector.step == .ask(height: 12, witnesses: ["a"]))
        detector.answered(["a": .header(bench.trace[3].signedHeader), "stranger": .notYet])
        #expect(detector.step == .done(.confirmed))
        detector.answered(["a": .notYet])
        #expect(detector.step == .done(.confirmed))
        #expect(detector.standing(of: "stranger") == nil)
    }
}
