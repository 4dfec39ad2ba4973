import ChargerSamples
import Ledger
import LightClient
import RecordSamples
import SignedRecords
import Testing

@testable import LedgerNode

/// A node's everyday talk, and connections that are no node's.
///
/// Red without the limit in `ABCIFrameReader.next`, the watermarks in `ABCIServer.bind`, the wait for a refused node in
/// `ABCIConnection.serve`, or the order of the turns in `prepareProposal`.
@Suite("ABCI conversation")
struct ABCIConversationTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    private func start(
        _ change: (inout ABCINodeConfiguration) -> Void = { _ in }
    ) async throws -> (ABCINode, SampleConsensus) {
        var configuration = SampleNetwork.configuration(home)
        change(&configuration)
        let node = try await ABCINode.start(configuration)
        let consensus = try SampleConsensus(node.address)
        try await consensus.handshake()
        return (node, consensus)
    }

    @Test("several rounds a height: a refused proposal and one that is given up change nothing")
    func rounds() async throws {
        let (node, consensus) = try await start()
        try await consensus.makeBlock([])
        let good = try SampleNetwork.transfer(0)
        #expect(try await consensus.process([[1, 2, 3]]) == false)
        #expect(try await consensus.process([good, try SampleNetwork.transfer(0, amount: 6)]))
        _ = try await consensus.submit([good])
        let second = try await consensus.propose()
        #expect(second == [good])
        #expect(try await consensus.process(second))
        #expect(try await consensus.process([]))
        let before = try await consensus.info()
        #expect(before.lastBlockHeight == 1)
        let decided = try await consensus.makeBlock(second)
        #expect(decided.results.map(\.code) == [0] && consensus.mempool.isEmpty)
        #expect(try await consensus.info().lastBlockAppHash == decided.appHash)
        await node.stop()
    }

    @Test(
        "a flood of transactions out of turn: each comes into a block, in turn, within the block's size; rechecks sort out"
    )
    func flood() async throws {
        let (node, consensus) = try await start()
        try await consensus.makeBlock([])
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let ours = try (UInt64(0)..<200).map { try SampleNetwork.transfer($0) }
        let rival = try SampleNetwork.transfer(0, amount: 77)
        let noise: [[UInt8]] = [[], [0xFF], try SampleNetwork.transfer(2_000)]
        let codes = try await consensus.submit((ours + [rival] + noise).shuffled(using: &random))
        #expect(codes.filter { $0 != 0 }.count == noise.count, "seed \(seed)")
        let limit = Int64(20 * (ours[0].count + 6))
        var rounds = 0
        while !consensus.mempool.isEmpty, rounds < 30 {
            let block = try await consensus.propose(limit: limit)
            let size = block.reduce(0) { $0 + $1.count + 1 + ($1.count < 128 ? 1 : 2) }
            #expect(!block.isEmpty && size <= limit, "seed \(seed)")
            let answer = try await consensus.makeBlock(block)
            #expect(answer.results.allSatisfy { $0.code == 0 }, "seed \(seed)")
            rounds += 1
        }
        #expect(consensus.mempool.isEmpty && rounds >= 10, "seed \(seed), round \(rounds)")
        let payer = SampleCharger.account(of: try SampleCharger.key("payer"))
        let key = StateKey.account(payer).bytes
        let answer = try await consensus.ask(.init(data: key, path: "/key"))
        #expect(try Account(decoding: answer.value).nextNonce == 200)
        await node.stop()
    }

    @Test("queries carry proofs under the hash that the next header has")
    func queries() async throws {
        let (node, consensus) = try await start()
        for nonce in UInt64(0)..<3 { try await consensus.makeBlock([try SampleNetwork.transfer(nonce)]) }
        let key = StateKey.account(SampleCharger.account(of: try SampleCharger.key("payer"))).bytes
        let absent = StateKey.account(AccountID(hashing: [200])).bytes
        for (height, hash) in [(Int64(2), consensus.blocks[1].appHash), (3, consensus.blocks[2].appHash)] {
            for key in [key, absent] {
                let answer = try await consensus.ask(.init(data: key, path: "/key", height: height, prove: true))
                #expect(answer.code == 0 && answer.height == height && answer.key == key)
                let value = answer.value.isEmpty ? nil : answer.value
                try #require(answer.proofOps).verify(
                    root: try #require(hash), expected: [.init(type: "ics23:smt", key: key)], value: value)
            }
        }
        #expect(try await consensus.ask(.init(data: key, path: "/key", prove: true)).height == 2)
        for request: ABCI.Query.Request in [
            .init(data: key, path: "/store"), .init(path: "/key"), .init(data: key, path: "/key", height: 9),
            .init(data: key, path: "/key", height: -1),
        ] {
            let answer = try await consensus.ask(request)
            #expect(answer.code != 0 && answer.proofOps == nil && answer.codespace == "wattseal")
        }
        await node.stop()
    }

    @Test("four connections at once: each gets its own answers in its own order while blocks are made")
    func interleaved() async throws {
        let (node, consensus) = try await start()
        let address = node.address
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    let line = try ABCIDialer(address)
                    for round in 0..<20 {
                        let asked = (0..<10).map { ABCI.Request.echo(.init(text: "\(number)/\(round)/\($0)")) }
                        let mixed: [ABCI.Request] = [
                            .checkTx(.init(transaction: [UInt8(number)])), .query(.init(data: [1], path: "/key")),
                        ]
                        try await line.send(asked + mixed + [.flush])
                        let answers = try await line.responses(13)
                        for (request, answer) in zip(asked, answers) {
                            guard case .echo(let sent) = request else { continue }
                            #expect(answer == .echo(sent))
                        }
                        guard answers.count == 13, case .checkTx = answers[10], case .query = answers[11] else {
                            Issue.record("\(answers)")
                            return
                        }
                        #expect(answers[12] == .flush)
                    }
                }
            }
            for nonce in UInt64(0)..<10 { try await consensus.makeBlock([try SampleNetwork.transfer(nonce)]) }
            try await group.waitForAll()
        }
        #expect(await node.standing.height == 10)
        await node.stop()
    }

    @Test("half frames are waited for; the rest of them may come on any packet")
    func halves() async throws {
        let (node, _) = try await start()
        let bytes: [UInt8] = [
            ABCI.Request.echo(.init(text: String(repeating: "x", count: 300))), .flush, .listSnapshots,
        ].flatMap { ABCIFrameReader.frame($0) }
        let line = try ABCIDialer(node.address)
        for cut in stride(from: 1, to: bytes.count, by: 23) {
            try await line.send(Array(bytes[..<cut]))
            try await line.send(Array(bytes[cut...]))
            #expect(try await line.responses(3).count == 3)
        }
        // Half a frame and then nothing: the connection ends, and nobody else is concerned.
        let half = try ABCIDialer(node.address)
        try await half.send(Array(bytes[..<100]))
        #expect(try await line.call(.echo(.init(text: "y"))) == .echo(.init(text: "y")))
        await node.stop()
        #expect(try await half.frames(1).isEmpty)
    }

    @Test("an oversize frame, garbage and another protocol are answered by an exception, and hung up on; others go on")
    func garbage() async throws {
        let (node, consensus) = try await start { $0.frameLimit = 5_000 }
        let http = Array("GET / HTTP/1.1\r\nhost: a\r\n\r\n".utf8)
        for (bytes, reason) in [
            ([0x89, 0x27], "frame of 5001 bytes: expected at most 5000"),
            (Array(repeating: 0xFF, count: 9) + [1] + Array(repeating: 7, count: 8_000_000), "at most 5000"),
            (Array(repeating: 0xFF, count: 20), "no varint"), ([0, 0, 0], "frame of 0 bytes"),
            ([2, 0x12, 5], "past the end"), ([2, 0x3A, 0], "no request"), (http, "is not a message"),
        ] as [([UInt8], String)] {
            let line = try ABCIDialer(node.address)
            // What was asked before it is still answered, and the reason arrives though much is sent behind it.
            let all = ABCIFrameReader.frame(ABCI.Request.flush) + bytes
            #expect(try await line.send(all) == all.count, "hung up on before it could hear why")
            #expect(try await line.responses(1) == [.flush])
            if bytes == http { try await line.send(Array(repeating: 0x20, count: 100)) }
            let text = try await line.exception()
            #expect(text?.contains(reason) == true, "\(bytes.prefix(20)): \(text ?? "-")")
        }
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<40 {
            let line = try ABCIDialer(node.address)
            let noise = (0..<(1 + random.next() % 300)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            try await line.send(noise + Array(repeating: 0xFF, count: 6_000))
            let last = try await line.responses(1_000).last
            guard case .exception = last else {
                Issue.record("seed \(seed): \(String(describing: last))")
                continue
            }
        }
        try await consensus.makeBlock([try SampleNetwork.transfer(0)])
        await node.stop()
    }

    @Test("a connection that never reads is not read from any more, and holds up nobody; nor does the stop wait for it")
    func neverReads() async throws {
        let (node, consensus) = try await start()
        let deaf = try ABCIDialer(node.address)
        let chunk = (0..<200).flatMap { _ in
            ABCIFrameReader.frame(ABCI.Request.echo(.init(text: String(repeating: "z", count: 20_000))))
        }
        // Until the kernel's buffers of both sides are full: far less than what could be sent without back pressure.
        var sent = 0
        var quiet = 0
        while quiet < 10, sent < 400 << 20 {
            let count = try await deaf.send(Array(chunk[(sent % chunk.count)...]), isPatient: false)
            sent += count
            quiet = count == 0 ? quiet + 1 : 0
            if count == 0 { try await Task.sleep(for: .milliseconds(30)) }
        }
        #expect(sent > 0 && sent < 100 << 20, "\(sent) bytes were taken in")
        for nonce in UInt64(0)..<3 { try await consensus.makeBlock([try SampleNetwork.transfer(nonce)]) }
        await node.stop()
    }

    @Test("a socket file: taken over when it is left over, not when somebody listens, and gone after the stop")
    func socketFile() async throws {
        let path = home.path + "/a.sock"
        let (node, consensus) = try await start { $0.listen = .unix(path: path) }
        try await consensus.makeBlock([])
        var second = SampleNetwork.configuration(home, "second")
        second.listen = .unix(path: path)
        await #expect(
            throws: LedgerNodeError.system(call: "listen", path: path, reason: "another process listens here")
        ) { try await ABCINode.start(second) }
        try await consensus.makeBlock([])
        await node.stop()
        #expect(!SecretFile.exists(path))
        second.listen = .unix(path: home.path + "/" + String(repeating: "x", count: 120))
        await #expect(throws: LedgerNodeError.self) { try await ABCINode.start(second) }
    }

    @Test("connections come and go without number; the answers go on")
    func reconnections() async throws {
        let (node, consensus) = try await start()
        for round in 0..<100 {
            let line = try ABCIDialer(node.address)
            #expect(try await line.call(.flush) == .flush, "round \(round)")
        }
        try consensus.redial(node.address)
        try await consensus.handshake()
        try await consensus.makeBlock([])
        await node.stop()
    }

    @Test("more connections than a node can need are hung up on; when others end there is room again")
    func crowd() async throws {
        let (node, consensus) = try await start()
        try await consensus.makeBlock([])
        // Four are the node's own.
        var lines = try (4..<ABCIServer.maximumConnections).map { _ in try ABCIDialer(node.address) }
        for line in lines { #expect(try await line.call(.flush) == .flush) }
        let extra = try ABCIDialer(node.address)
        #expect(try await extra.frames(1).isEmpty)
        lines.removeFirst(10)
        var answer: ABCI.Response?
        // The server hears of the closed ones a moment later.
        for _ in 0..<100 where answer == nil {
            answer = try? await ABCIDialer(node.address).call(.flush)
            if answer == nil { try await Task.sleep(for: .milliseconds(20)) }
        }
        #expect(answer == .flush)
        try await consensus.makeBlock([])
        await node.stop()
    }

    @Test("blocks may be pruned behind what is kept, never behind the oldest snapshot; by default none")
    func retention() async throws {
        var (node, consensus) = try await start { $0.retainedBlocks = 4 }
        var heights: [Int64] = []
        for _ in 0..<6 { heights.append(try await decideEmpty(consensus)) }
        #expect(heights == [0, 0, 0, 1, 2, 3])
        await node.stop()
        (node, consensus) = try await start {
            $0.home += "-2"
            $0.retainedBlocks = 2
            $0.snapshotInterval = 3
        }
        heights = []
        for _ in 0..<12 {
            heights.append(try await decideEmpty(consensus))
            await node.finishSnapshot()
        }
        // A snapshot counts from the block after its own on, when it is whole.
        #expect(heights == [0, 0, 0, 3, 3, 3, 3, 3, 3, 6, 6, 6])
        await node.stop()
        (node, consensus) = try await start { $0.home += "-3" }
        for _ in 0..<3 { #expect(try await decideEmpty(consensus) == 0) }
        await node.stop()
    }

    private func decideEmpty(_ consensus: SampleConsensus) async throws -> Int64 {
        consensus.decide([])
        _ = try await consensus.finalize([], height: consensus.height)
        return try await consensus.commit()
    }
}
