import Foundation
import LightClient
import RecordSamples
import Testing

@testable import LedgerNode

/// What an update and a proof cost by the number of keys, in counts: the same on every machine.
///
/// Red where the tree is copied instead of shared, without the index `state_by_height` (pruning reads every row), or where
/// the state before the first block is pruned as if something were older.
@Suite("Ledger size")
struct LedgerSizeTests {
    /// The averages of many operations at one size.
    private struct Costs: CustomStringConvertible {
        var updateNodes = 0.0
        var proofNodes = 0.0
        var absenceNodes = 0.0
        var update = SQLiteWork()
        var proof = SQLiteWork()
        /// Updates and proofs that were counted.
        var count = 0

        /// Name and count of an operation, for each that must not grow.
        var all: [(name: String, value: Double)] {
            func each(_ value: Int) -> Double { Double(value) / Double(count) }
            return [
                ("tree nodes made per update", updateNodes), ("tree nodes read per proof", proofNodes),
                ("tree nodes read per absence", absenceNodes), ("pages read per update", each(update.pagesRead)),
                ("pages written per update", each(update.pagesWritten)),
                ("rows written per update", each(update.rowsWritten)), ("steps per update", each(update.steps)),
                ("pages read per proof", each(proof.pagesRead)), ("steps per proof", each(proof.steps)),
            ]
        }

        var description: String {
            all.map { "\($0.name) \(($0.value * 10).rounded() / 10)" }.joined(separator: ", ")
        }
    }

    private static func key(_ number: Int) -> [UInt8] { Array("session/\(number)".utf8) }

    /// Nodes of a tree that do not stand at the same place in the other.
    private static func made(_ node: SparseMerkleNode?, beside other: SparseMerkleNode?) -> Int {
        guard let node, node !== other else { return 0 }
        guard case .inner(let left, let right) = node.content else { return 1 }
        guard case .inner(let otherLeft, let otherRight) = other?.content else {
            return 1 + made(left, beside: nil) + made(right, beside: nil)
        }
        return 1 + made(left, beside: otherLeft) + made(right, beside: otherRight)
    }

    private func costs(keys: Int) throws -> Costs {
        let home = try TemporaryHome()
        let store = try LedgerStore(path: home.path + "/state.sqlite", of: .abci)
        var random = SeededRandom(seed: UInt64(keys))
        var tree = SparseMerkleTree()
        func change(_ height: Int64, _ number: Int) -> LedgerStore.Change {
            let value = (0..<5).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
            return .init(height: height, key: Self.key(number), value: value)
        }
        func commit(_ changes: [LedgerStore.Change], at height: Int64) throws {
            tree.apply(changes.map { .init(path: .sha256($0.key), valueHash: $0.value.map(Hash.sha256)) })
            try store.commit(
                height: height, appHash: tree.rootHash, changes: changes,
                chain: height == 1 ? .init(id: "wattseal-test", firstHeight: 1) : nil)
        }
        try commit((0..<keys).map { change(1, $0) }, at: 1)
        // Past the height at which the first state becomes the horizon: from there on every commit prunes.
        let first = LedgerStore.history + 2
        for height in 2..<first { try commit([change(height, Int(random.next() % UInt64(keys)))], at: height) }
        var costs = Costs()
        let last = first + 64
        for height in first..<last {
            let before = (tree: tree, work: store.database.work)
            // Every eighth is a new key.
            let number = height % 8 == 0 ? keys + Int(height) : Int(random.next() % UInt64(keys))
            try commit([change(height, number)], at: height)
            let work = store.database.work - before.work
            costs.update.pagesRead += work.pagesRead
            costs.update.pagesWritten += work.pagesWritten
            costs.update.rowsWritten += work.rowsWritten
            costs.update.steps += work.steps
            costs.updateNodes += Double(Self.made(tree.root, beside: before.tree.root))
            costs.count += 1
        }
        for _ in 0..<costs.count {
            let path = Hash.sha256(Self.key(Int(random.next() % UInt64(keys))))
            let before = store.database.work
            #expect(try store.leaf(path, at: last - 1) != nil)
            let work = store.database.work - before
            costs.proof.pagesRead += work.pagesRead
            costs.proof.steps += work.steps
            // The way down, and beside each step the other child's hash.
            costs.proofNodes += Double(try #require(tree.route(to: path)).steps.count * 2 + 1)
            let (left, right) = tree.neighbours(of: .sha256(Self.key(-1 - Int(random.next() % 1_000_000))))
            costs.absenceNodes += Double([left, right].compactMap { $0 }.reduce(0) { $0 + $1.steps.count * 2 + 1 })
        }
        costs.updateNodes /= Double(costs.count)
        costs.proofNodes /= Double(costs.count)
        costs.absenceNodes /= Double(costs.count)
        #expect(try store.trees().last?.tree.rootHash == tree.rootHash)
        return costs
    }

    /// The last size in `sizes` is held against the first.
    private func expectGrowth(_ sizes: [Int]) throws {
        var first: Costs?
        for size in sizes {
            let costs = try costs(keys: size)
            print("ledger of \(size) keys: \(costs)")
            guard let least = first else {
                first = costs
                continue
            }
            for (before, after) in zip(least.all, costs.all) {
                #expect(before.value > 0, "\(before.name) is counted")
                #expect(after.value <= 3 * before.value, "\(after.name): \(before.value) to \(after.value)")
            }
        }
    }

    @Test("from 10^3 to 10^5 keys nothing that an update or a proof reads or writes grows to more than three times")
    func growth() throws { try expectGrowth([1_000, 10_000, 100_000]) }

    @Test(
        "from 10^3 to 10^6 keys neither",
        .enabled(if: ProcessInfo.processInfo.environment["WATTSEAL_LONG"] != nil, "only with --long"))
    func longGrowth() throws { try expectGrowth([1_000, 1_000_000]) }
}
