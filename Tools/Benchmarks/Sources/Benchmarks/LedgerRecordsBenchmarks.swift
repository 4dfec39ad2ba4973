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
            name: "ledger-records", summary: "a record accepted by the standalone ledger: checked, in a block, durable",
            run: inProcess),
        Benchmark(
            name: "ledger-records-rpc", summary: "the same by the RPC, from four senders at once", run: byRPC),
    ]

    private static let baselineName = "Ed25519 check of as many bytes"

    /// One thread does all: CheckTx, proposal, block, signatures of four validators, commit, and the block with the proof.
    private static func inProcess(_ conditions: Benchmark.Conditions) throws -> Benchmark.Result {
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
        var times: [Double] = []
        var waited: [Double] = []
        let perBlock = 8
        for start in stride(from: 0, to: street.batches.count, by: perBlock) {
            let block = Array(street.batches[start..<min(start + perBlock, street.batches.count)])
            let records = Double(street.records) * Double(block.count) / Double(street.batches.count)
            let (cpu, wall) = (Stopwatch.processor.now(), Stopwatch.wall.now())
            try makeBlock(block)
            times.append(Double(Stopwatch.processor.now() - cpu) / records)
            waited.append(Double(Stopwatch.wall.now() - wall) / records)
        }
        try street.check(store, at: chain.height)
        let measured = Measurement(times)
        let baseline = try bareCheck(street, conditions)
        return Benchmark.Result(
            measured: measured, stopwatch: .processor, baselineName: baselineName, baseline: baseline,
            counts: [
                ("records", Double(street.records)), ("records a second", 1e9 / measured.median),
                ("bare checks a second", 1e9 / baseline.median),
                ("of the bare rate", baseline.median / measured.median),
                ("records a second by the wall clock", 1e9 / Measurement(waited).median),
            ])
    }

    /// The node with its RPC server in this process, on all the machine's cores; senders and node share them.
    private static func byRPC(_ conditions: Benchmark.Conditions) throws -> Benchmark.Result {
        let street = try SampleStreet(home: conditions.folder + "/records-rpc", chargers: 64, ticks: 48)
        let seconds = try waitFor { try await send(street, senders: 4) }
        let each = seconds * 1e9 / Double(street.records)
        let baseline = try bareCheck(street, conditions)
        return Benchmark.Result(
            measured: Measurement([each]), stopwatch: .wall, baselineName: baselineName, baseline: baseline,
            counts: [
                ("records", Double(street.records)), ("senders", 4), ("records a second", 1e9 / each),
                ("bare checks a second", 1e9 / baseline.median), ("of the bare rate", baseline.median / each),
            ])
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

    /// A record's signature over a record's bytes, on one core, in this run.
    private static func bareCheck(_ street: SampleStreet, _ conditions: Benchmark.Conditions) throws -> Measurement {
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 1, count: 32))
        let publicKey = key.publicKey
        let size = street.batches.reduce(0) { $0 + $1.count } / street.records
        let message = [UInt8](repeating: 7, count: size)
        let signature = try key.signature(for: message)
        return try Measurement.ofMany(samples: conditions.samples) {
            guard publicKey.isValidSignature(signature, for: message) else {
                throw BenchmarkFailed("a good signature is bad")
            }
        }
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
