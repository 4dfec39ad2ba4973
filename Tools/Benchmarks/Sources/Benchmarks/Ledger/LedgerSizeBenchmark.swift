import Foundation
import LightClient

@testable import LedgerNode

/// The ledger's state at a million keys, against the same at a thousand.
enum LedgerSizeBenchmark {
    static let all = [
        Benchmark(
            name: "ledger-size", summary: "one key's update and proof in a state of a million keys, durable",
            leavesOut: "checking transactions; the RPC", run: size)
    ]

    private static let few = 1_000
    private static let many = 1_000_000

    private static func size(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let small = try State(conditions.folder + "/few.sqlite", keys: few, conditions)
        let large = try State(conditions.folder + "/many.sqlite", keys: many, conditions)
        let update = Pairing(subject: large.updates, baseline: small.updates)
        let proof = Pairing(subject: large.proofs, baseline: small.proofs)
        return [
            Figure(
                "ledger update", .time(.wall), update, against: "the same in a state of \(few) keys",
                aims: [.ratio(atMost: 3)],
                counts: [
                    ("keys", Double(many)), ("tree MB", large.treeBytes / 1e6), ("database MB", large.fileBytes / 1e6),
                    ("start ms", large.start / 1e6), ("start ms at \(few) keys", small.start / 1e6),
                    ("bare reading of all rows ms", large.reading / 1e6),
                ]),
            Figure(
                "ledger proof", .time(.processor), proof, against: "the same in a state of \(few) keys",
                aims: [.ratio(atMost: 3)]),
        ]
    }

    /// Times operations one by one; the median of each repetition.
    private static func medians(
        _ repetitions: Int, of count: Int, _ stopwatch: Stopwatch, _ operation: (Int) throws -> Void
    ) rethrows -> [Double] {
        try (0..<repetitions).map { round in
            Spread(
                try (round * count..<(round + 1) * count).map { place in
                    let start = stopwatch.now()
                    try operation(place)
                    return Double(stopwatch.now() - start)
                }
            ).median
        }
    }

    /// A store that was filled, and what it took.
    private struct State {
        /// Medians, one for each repetition, in nanoseconds.
        let updates: [Double]
        let proofs: [Double]
        /// Nanoseconds from opening the file until every height of the history can be asked.
        let start: Double
        /// Nanoseconds of reading every key and value and nothing else: what a start cannot do without.
        let reading: Double
        let treeBytes: Double
        let fileBytes: Double

        private static func key(_ number: Int) -> [UInt8] { Array("session/\(number)".utf8) }

        init(_ path: String, keys: Int, _ conditions: Benchmark.Conditions) throws {
            var height: Int64 = 0
            var number = 0
            func commit(_ changes: [LedgerStore.Change], _ store: LedgerStore, _ tree: inout SparseMerkleTree) throws {
                tree.apply(changes.map { .init(path: .sha256($0.key), valueHash: $0.value.map(Hash.sha256)) })
                try store.commit(
                    height: height, appHash: tree.rootHash, changes: changes,
                    chain: height == 1 ? .init(id: "benchmark", firstHeight: 1) : nil)
            }
            func change(_ number: Int) -> LedgerStore.Change {
                // As long as a record's entry.
                .init(
                    height: height, key: Self.key(number),
                    value: Hash.sha256(Array("\(height) \(number)".utf8)).bytes + [0, 1, 2, 3, 4, 5, 6, 7])
            }
            do {
                let store = try LedgerStore(path: path, of: .abci)
                var tree = SparseMerkleTree()
                height = 1
                try commit((0..<keys).map(change), store, &tree)
                // A history as long as it gets.
                for _ in 0..<LedgerStore.history + 2 {
                    height += 1
                    number = (number + 7_919) % keys
                    try commit([change(number)], store, &tree)
                }
                store.database.close()
            }
            let free = try Self.resident()
            let began = Stopwatch.wall.now()
            let store = try LedgerStore(path: path, of: .abci)
            let trees = try store.trees()
            start = Double(Stopwatch.wall.now() - began)
            treeBytes = try Self.resident() - free
            guard var tree = trees.last?.tree, trees.count == Int(LedgerStore.history) + 1 else {
                throw BenchmarkFailed("the state did not come back")
            }
            let each = max(conditions.operations / conditions.repetitions, 20)
            updates = try medians(conditions.repetitions, of: each, .wall) { _ in
                height += 1
                number = (number + 7_919) % keys
                try commit([change(number)], store, &tree)
            }
            let newest = height
            proofs = try medians(conditions.repetitions, of: each, .processor) { place in
                let proof = try tree.proof(of: Self.key(place * 7_919 % keys)) { (path) throws(LedgerNodeError) in
                    guard let leaf = try store.leaf(path, at: newest) else { throw store.corrupt("no leaf") }
                    return leaf
                }
                guard case .existence = proof else { throw BenchmarkFailed("a key that is there has no proof") }
            }
            let read = Stopwatch.wall.now()
            let rows = try store.database.statement("SELECT path, value FROM state")
            var bytes = 0
            while try rows.step() { bytes += (rows.bytes(0)?.count ?? 0) + (rows.bytes(1)?.count ?? 0) }
            reading = Double(Stopwatch.wall.now() - read)
            rows.reset()
            guard bytes >= keys * 72 else { throw BenchmarkFailed("only \(bytes) bytes were read") }
            store.database.close()
            var status = stat()
            guard stat(path, &status) == 0 else { throw BenchmarkFailed("\(path) is not there") }
            fileBytes = Double(status.st_size)
        }

        /// Bytes of memory that the process holds, after what is free was given back.
        private static func resident() throws -> Double {
            typealias Trim = @convention(c) (Int) -> Int32
            guard let trim = dlsym(nil, "malloc_trim") else { throw BenchmarkFailed("there is no malloc_trim") }
            _ = unsafeBitCast(trim, to: Trim.self)(0)
            let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
            guard let pages = text.split(separator: " ").dropFirst().first.flatMap({ Double($0) }) else {
                throw BenchmarkFailed("/proc/self/statm: \(text)")
            }
            return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
        }
    }
}
