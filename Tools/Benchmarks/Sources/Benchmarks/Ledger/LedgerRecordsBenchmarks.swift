import Crypto
import Dispatch
import Ledger
import LightClient
import Synchronization

@testable import LedgerNode

/// How many records the standalone ledger accepts, against what one core checks of bare signatures.
enum LedgerRecordsBenchmarks {
    static let all = [
        Benchmark(
            name: "ledger", summary: "a record accepted by the standalone ledger: checked, in a block, durable",
            leavesOut: "a network, and agreeing with other validators", run: records)
    ]

    private static func records(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        [try inProcess(conditions), try byRPC(conditions)]
    }

    /// One thread does all: CheckTx, proposal, block, signatures of four validators, commit, and the block with the proof.
    private static func inProcess(_ conditions: Benchmark.Conditions) throws -> Figure {
        let street = try SampleStreet(home: conditions.folder + "/records", chargers: 64, ticks: 48)
        let home = try NodeHome(street.configuration)
        defer { home.release() }
        let store = try LedgerStore(path: home.databasePath)
        let application = try LedgerApplication(store: store, chainID: SampleStreet.chainID)
        let chain = try StandaloneChain(
            application: application, store: store, home: home, clock: street.configuration.clock)
        func makeBlock(_ transactions: [[UInt8]]) throws {
            for transaction in transactions {
                let result = try application.checkTx(transaction)
                guard result.code == 0 else { throw BenchmarkFailed("CheckTx: \(result.log)") }
            }
            let chosen = try application.prepareProposal(
                transactions, maximumBytes: StandaloneChain.maximumTransactionBytes, time: try chain.nextTime())
            for result in try chain.makeBlock(chosen).results where result.code != 0 {
                throw BenchmarkFailed("block \(chain.height): \(result.log)")
            }
            while chain.owesProof { _ = try chain.makeBlock([]) }
        }
        try makeBlock(street.preparations)
        let check = try BareCheck(street)
        var (times, bare, waited): ([Double], [Double], [Double]) = ([], [], [])
        let perBlock = 8
        for start in stride(from: 0, to: street.batches.count, by: perBlock) {
            let block = Array(street.batches[start..<min(start + perBlock, street.batches.count)])
            let records = Double(street.records) * Double(block.count) / Double(street.batches.count)
            let (cpu, wall) = (Stopwatch.processor.now(), Stopwatch.wall.now())
            try makeBlock(block)
            times.append(Double(Stopwatch.processor.now() - cpu) / records)
            waited.append(Double(Stopwatch.wall.now() - wall) / records)
            bare.append(try check.measure(count: 500))
        }
        try street.check(store, at: chain.height)
        return Figure(
            "ledger record", .time(.processor), Pairing(subject: times, baseline: bare), against: BareCheck.name,
            aims: [.rate(atLeast: 0.5)],
            counts: [
                ("records", Double(street.records)), ("records a second", 1e9 / Spread(times).median),
                ("records a second by the wall clock", 1e9 / Spread(waited).median),
            ])
    }

    /// The node with its RPC server in this process, on all the machine's cores; senders and node share them.
    private static func byRPC(_ conditions: Benchmark.Conditions) throws -> Figure {
        let rounds = conditions.isLong ? 5 : 3
        let street = try SampleStreet(home: conditions.folder + "/records-rpc", chargers: 64, ticks: 48)
        let check = try BareCheck(street)
        let pairing = try Pairing.ofRuns(rounds) { round in
            let street = try SampleStreet(home: conditions.folder + "/records-rpc-\(round)", chargers: 64, ticks: 48)
            return try waitFor { try await send(street, senders: 4) } * 1e9 / Double(street.records)
        } baseline: { _ in
            try check.measure(count: 2_000)
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
        while !(await node.engine.mempool.isEmpty) { try await Task.sleep(for: .milliseconds(1)) }
        let start = Stopwatch.wall.now()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sender in 0..<senders {
                let batches = stride(from: sender, to: street.batches.count, by: senders).map { street.batches[$0] }
                group.addTask { for batch in batches { try await wallet.broadcast(batch) } }
            }
            try await group.waitForAll()
        }
        while !(await node.engine.mempool.isEmpty) { try await Task.sleep(for: .milliseconds(1)) }
        let seconds = Double(Stopwatch.wall.now() - start) / 1e9
        try await street.check { try await wallet.value($0, as: ChainHeadState.self) }
        await node.stop()
        return seconds
    }

    /// Runs `body` to its end from a thread of no actor.
    private static func waitFor<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let done = DispatchSemaphore(value: 0)
        let outcome = Mutex<Result<Value, any Error>?>(nil)
        Task.detached {
            let result: Result<Value, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            outcome.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        guard let result = outcome.withLock({ $0 }) else { throw BenchmarkFailed("a run has no outcome") }
        return try result.get()
    }
}
