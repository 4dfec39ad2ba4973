import Crypto
import Ledger
import LightClient

@testable import LedgerNode

/// How many records the standalone ledger accepts, against what one core checks of bare signatures.
enum LedgerRecordsBenchmarks {
    static let all = [
        Benchmark(
            name: "ledger", summary: "a record accepted by the standalone ledger: checked, in a block, durable",
            leavesOut: "a network, and agreeing with other validators", run: records)
    ]

    private static func records(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        [try inProcess(conditions), try byRPC(conditions), try street(conditions)]
    }

    /// One thread does all: CheckTx, proposal, block, signatures of four validators, commit, and the block with the proof.
    private static func inProcess(_ conditions: Benchmark.Conditions) throws -> Figure {
        let (repetitions, perBlock) = (8, 8)
        let street = try SampleStreet(
            home: conditions.folder + "/records", chargers: Pairing.rounds(repetitions) * perBlock, ticks: 48)
        let perRound = Double(street.records) / Double(Pairing.rounds(repetitions))
        let node = try OneThreadNode(street)
        defer { node.end() }
        try node.makeBlock(street.preparations)
        let check = try BareCheck(street)
        var waited: [Double] = []
        let pairing = try Pairing.ofRuns(repetitions) { round in
            let block = Array(street.batches[round * perBlock..<(round + 1) * perBlock])
            let (cpu, wall) = (Stopwatch.processor.now(), Stopwatch.wall.now())
            try node.makeBlock(block)
            let time = Double(Stopwatch.processor.now() - cpu) / perRound
            waited.append(Double(Stopwatch.wall.now() - wall) / perRound)
            return time
        } baseline: { _ in
            try check.measure(count: 500)
        }
        try street.check(node.store, at: node.chain.height)
        return Figure(
            "ledger record", .time(.processor), pairing, against: BareCheck.name,
            aims: [.rate(atLeast: 0.5)],
            counts: [
                ("records", perRound * Double(repetitions)),
                ("records a second", 1e9 / Spread(pairing.subject).median),
                (
                    "records a second by the wall clock",
                    1e9 / Spread(Array(waited.dropFirst(Pairing.warmUps))).median
                ),
            ])
    }

    /// The block of a street whose 1,000 chargers have all sent what they have since the last.
    private static func street(_ conditions: Benchmark.Conditions) throws -> Figure {
        let chargers = 1_000
        let street = try SampleStreet(home: conditions.folder + "/street", chargers: chargers, ticks: 1)
        let check = try BareCheck(street)
        let pairing = try Pairing.ofRuns(5) { round in
            try block(of: try SampleStreet(home: "\(conditions.folder)/street-\(round)", chargers: chargers, ticks: 1))
        } baseline: { _ in
            try check.measure(count: 2_000) * Double(street.records)
        }
        return Figure(
            "ledger block, 1000 chargers", .time(.processor), pairing,
            against: "\(BareCheck.name), for each of its records", aims: [],
            counts: [("chargers", Double(chargers)), ("records", Double(street.records))])
    }

    /// Nanoseconds of the processor from the proposal of all batches, which were checked, until they are proved.
    private static func block(of street: SampleStreet) throws -> Double {
        let node = try OneThreadNode(street)
        defer { node.end() }
        for start in stride(from: 0, to: street.preparations.count, by: 500) {
            try node.makeBlock(Array(street.preparations[start..<min(start + 500, street.preparations.count)]))
        }
        for batch in street.batches { try node.check(batch) }
        let start = Stopwatch.processor.now()
        try node.propose(street.batches)
        let time = Double(Stopwatch.processor.now() - start)
        try street.check(node.store, at: node.chain.height)
        return time
    }

    /// The node with its RPC server in this process, on all the machine's cores; senders and node share them.
    private static func byRPC(_ conditions: Benchmark.Conditions) throws -> Figure {
        let street = try SampleStreet(home: conditions.folder + "/records-rpc", chargers: 64, ticks: 48)
        let check = try BareCheck(street)
        let pairing = try Pairing.ofRuns(conditions.repetitions) { round in
            let street = try SampleStreet(home: conditions.folder + "/records-rpc-\(round)", chargers: 64, ticks: 48)
            return try Waiting.value { try await send(street, senders: 4) } * 1e9 / Double(street.records)
        } baseline: { _ in
            try check.measure(count: 2_000, with: .wall)
        }
        return Figure(
            "ledger record by RPC", .time(.wall), pairing, against: BareCheck.name, aims: [.rate(atLeast: 0.5)],
            counts: [("records", Double(street.records)), ("senders", 4)])
    }

    /// Seconds from the first batch's sending until the last record is accepted.
    private static func send(_ street: SampleStreet, senders: Int) async throws -> Double {
        let node = try await LedgerNode.start(street.configuration)
        let wallet = try Wallet(rpc: node.url)
        for transaction in street.preparations { try await wallet.broadcast(transaction) }
        try await settle(node)
        let start = Stopwatch.wall.now()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sender in 0..<senders {
                let batches = stride(from: sender, to: street.batches.count, by: senders).map { street.batches[$0] }
                group.addTask { for batch in batches { try await wallet.broadcast(batch) } }
            }
            try await group.waitForAll()
        }
        try await settle(node)
        let seconds = Double(Stopwatch.wall.now() - start) / 1e9
        try await street.check { try await wallet.value($0, as: ChainHeadState.self) }
        await node.stop()
        return seconds
    }

    /// Waits until everything that was sent is in a block.
    private static func settle(_ node: LedgerNode) async throws {
        let end = Patience.end
        while !(await node.engine.mempool.isEmpty) {
            guard Stopwatch.wall.now() < end else { throw BenchmarkFailed("waited in vain for an empty mempool") }
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}
