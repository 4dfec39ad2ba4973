import Glibc
import LightClient

@testable import LedgerNode

/// The ledger's state at 10^3 to 10^6 keys.
enum LedgerSizeBenchmark {
    static let all = [
        Benchmark(
            name: "ledger-size", summary: "one key's update, durable, and one proof, in a state of 10^3 to 10^6 keys",
            leavesOut: "checking transactions; the RPC", run: size)
    ]

    private static let sizes = [1_000, 10_000, 100_000, 1_000_000]

    private static func size(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let states = try sizes.map { try State(conditions.folder + "/\($0).sqlite", keys: $0, conditions) }
        let (small, large) = (states[0], states[states.count - 1])
        var update = Figure(
            "ledger update", .time(.wall), Pairing(subject: large.updates, baseline: small.updates),
            against: "the same in a state of \(sizes[0]) keys", aims: [.ratio(atMost: 3)],
            counts: [
                ("keys", Double(sizes[sizes.count - 1])), ("tree MB", large.treeBytes / 1e6),
                ("database MB", large.fileBytes / 1e6), ("start ms", large.start / 1e6),
                ("start ms at \(sizes[0]) keys", small.start / 1e6),
                ("bare reading of all rows ms", large.reading / 1e6),
                ("us of a hash map and a durable row, no proofs", Spread(large.bare).median / 1e3),
            ])
        update.curve = (
            "keys; grey: a hash map and a row in SQLite",
            zip(sizes, states).map { size, state in
                .init(size: Double(size), subject: Spread(state.updates).median, baseline: Spread(state.bare).median)
            }
        )
        var proof = Figure(
            "ledger proof", .time(.processor), Pairing(subject: large.proofs, baseline: small.proofs),
            against: "the same in a state of \(sizes[0]) keys", aims: [.ratio(atMost: 3)])
        proof.curve = (
            "keys; grey: looking it up in a hash map",
            zip(sizes, states).map { size, state in
                .init(size: Double(size), subject: Spread(state.proofs).median, baseline: Spread(state.lookups).median)
            }
        )
        let bare = Figure(
            "ledger update and hash map", .time(.wall), Pairing(subject: large.updates, baseline: large.bare),
            against: "a hash map and a row in SQLite, WAL FULL, without proofs", aims: [])
        return [update, proof, bare]
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
        /// The same of a hash map beside a durable row, and of looking a key up in the map.
        let bare: [Double]
        let lookups: [Double]
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
            let free = try ProcessMemory.resident()
            let began = Stopwatch.wall.now()
            let store = try LedgerStore(path: path, of: .abci)
            let trees = try store.trees()
            start = Double(Stopwatch.wall.now() - began)
            treeBytes = try ProcessMemory.resident() - free
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
            (bare, lookups) = try Self.hashMap(path + ".rows", keys: keys, each, conditions)
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

        /// A state machine that proves nothing: a hash map in memory, and each change as a durable row.
        private static func hashMap(
            _ path: String, keys: Int, _ each: Int, _ conditions: Benchmark.Conditions
        ) throws -> (updates: [Double], lookups: [Double]) {
            let rows = try BareDatabase(path: path)
            var map: [[UInt8]: [UInt8]] = [:]
            map.reserveCapacity(keys)
            let value = [UInt8](repeating: 5, count: 40)
            for number in 0..<keys { map[key(number)] = value }
            let updates = try medians(conditions.repetitions, of: each, .wall) { place in
                let changed = Hash.sha256(Array("\(place)".utf8)).bytes + [0, 1, 2, 3, 4, 5, 6, 7]
                map[key(place * 7_919 % keys)] = changed
                try rows.insert(key(place * 7_919 % keys) + changed)
            }
            let lookups = medians(conditions.repetitions, of: each, .processor) { place in
                consume(map[key(place * 7_919 % keys)])
            }
            return (updates, lookups)
        }
    }
}
