import Glibc
import LightClient

@testable import LedgerNode

/// A ledger's state of so many keys with a history as long as it gets, and beside it a state machine that proves nothing: a hash
/// map in memory, and each change as a durable row.
final class SizedState {
    let keys: Int
    /// Nanoseconds from opening the file until every height of the history can be asked.
    let start: Double
    let treeBytes: Double
    /// Of an update, of the processor and, durable, by the wall clock: most of the latter is the disk's flush, whatever the
    /// state's size.
    private(set) var updates = Medians()
    /// Of a proof.
    private(set) var proofs = Medians()
    /// The same of the hash map beside a durable row, and of looking a key up in the map.
    private(set) var bare = Medians()
    private(set) var lookups = Medians()

    /// One for each repetition, in nanoseconds an operation.
    struct Medians {
        fileprivate(set) var processor: [Double] = []
        fileprivate(set) var wall: [Double] = []
    }

    private let path: String
    private let store: LedgerStore
    private var tree: SparseMerkleTree
    private var height: Int64
    /// The key that is changed next, or asked for.
    private var number = 0
    private let rows: BareDatabase
    private var map: [[UInt8]: [UInt8]] = [:]

    /// Fills a state, and opens it anew.
    init(_ path: String, keys: Int) throws {
        (self.path, self.keys) = (path, keys)
        height = try Self.fill(path, keys)
        let free = try ProcessMemory.resident()
        let began = Stopwatch.wall.now()
        store = try LedgerStore(path: path, of: .abci)
        let trees = try store.trees()
        start = Double(Stopwatch.wall.now() - began)
        treeBytes = try ProcessMemory.resident() - free
        guard let newest = trees.last?.tree, trees.count == Int(LedgerStore.history) + 1 else {
            throw BenchmarkFailed("the state did not come back")
        }
        tree = newest
        rows = try BareDatabase(path: path + ".rows")
        map.reserveCapacity(keys)
        for number in 0..<keys { map[Self.key(number)] = [UInt8](repeating: 5, count: 40) }
    }

    deinit { store.database.close() }

    /// One repetition: so many operations of each kind, timed one by one.
    func measure(_ operations: Int, isKept: Bool) throws {
        let update = try medians(of: operations) { key in
            height += 1
            try Self.commit([Self.change(key, at: height)], at: height, store, &tree)
        }
        let row = try medians(of: operations) { key in
            let changed = Self.change(key, at: height).value ?? []
            map[Self.key(key)] = changed
            try rows.insert(Self.key(key) + changed)
        }
        let proof = try medians(of: operations) { key in
            let proof = try tree.proof(of: Self.key(key)) { (path) throws(LedgerNodeError) in
                guard let leaf = try store.leaf(path, at: height) else { throw store.corrupt("no leaf") }
                return leaf
            }
            guard case .existence = proof else { throw BenchmarkFailed("a key that is there has no proof") }
        }
        let lookup = try medians(of: operations) { key in
            guard map[Self.key(key)] != nil else { throw BenchmarkFailed("a key that is there is not in the map") }
        }
        guard isKept else { return }
        Self.keep(update, in: &updates)
        Self.keep(row, in: &bare)
        Self.keep(proof, in: &proofs)
        Self.keep(lookup, in: &lookups)
    }

    private static func keep(_ median: (processor: Double, wall: Double), in medians: inout Medians) {
        medians.processor.append(median.processor)
        medians.wall.append(median.wall)
    }

    /// Nanoseconds of reading every key and value and nothing else: what a start cannot do without.
    func reading() throws -> Double {
        let began = Stopwatch.wall.now()
        let rows = try store.database.statement("SELECT path, value FROM state")
        defer { rows.reset() }
        var bytes = 0
        while try rows.step() { bytes += (rows.bytes(0)?.count ?? 0) + (rows.bytes(1)?.count ?? 0) }
        guard bytes >= keys * 72 else { throw BenchmarkFailed("only \(bytes) bytes were read") }
        return Double(Stopwatch.wall.now() - began)
    }

    func fileBytes() throws -> Double {
        var status = stat()
        guard stat(path, &status) == 0 else { throw BenchmarkFailed("\(path) is not there") }
        return Double(status.st_size)
    }

    private func medians(
        of count: Int, _ operation: (Int) throws -> Void
    ) rethrows -> (processor: Double, wall: Double) {
        var (computed, passed): ([Double], [Double]) = ([], [])
        for _ in 0..<count {
            number = (number + 7_919) % keys
            // The processor's clock inside: reading it takes longer than reading the other one.
            let (wall, processor) = (Stopwatch.wall.now(), Stopwatch.processor.now())
            try operation(number)
            computed.append(Double(Stopwatch.processor.now() - processor))
            passed.append(Double(Stopwatch.wall.now() - wall))
        }
        return (Spread(computed).median, Spread(passed).median)
    }

    /// Writes the state; answers its height.
    private static func fill(_ path: String, _ keys: Int) throws -> Int64 {
        let store = try LedgerStore(path: path, of: .abci)
        defer { store.database.close() }
        var tree = SparseMerkleTree()
        try commit((0..<keys).map { change($0, at: 1) }, at: 1, store, &tree)
        let last = LedgerStore.history + 3
        for height in 2...last {
            try commit([change(Int(height) * 7_919 % keys, at: height)], at: height, store, &tree)
        }
        return last
    }

    private static func commit(
        _ changes: [LedgerStore.Change], at height: Int64, _ store: LedgerStore, _ tree: inout SparseMerkleTree
    ) throws {
        tree.apply(changes.map { .init(path: .sha256($0.key), valueHash: $0.value.map(Hash.sha256)) })
        try store.commit(
            height: height, appHash: tree.rootHash, changes: changes,
            chain: height == 1 ? .init(id: "benchmark", firstHeight: 1) : nil)
    }

    private static func key(_ number: Int) -> [UInt8] { Array("session/\(number)".utf8) }

    /// A new value, as long as a record's entry.
    private static func change(_ number: Int, at height: Int64) -> LedgerStore.Change {
        .init(
            height: height, key: key(number),
            value: Hash.sha256(Array("\(height) \(number)".utf8)).bytes + [0, 1, 2, 3, 4, 5, 6, 7])
    }
}
