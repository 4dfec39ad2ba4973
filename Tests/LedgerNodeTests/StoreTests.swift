import Crypto
import Foundation
import Ledger
import LightClient
import Quantities
import SignedRecords
import Testing

@testable import LedgerNode

@Suite("Store")
struct StoreTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    private var path: String { home.path + "/store.sqlite" }

    private func change(_ height: Int64, _ key: String, _ value: String?) -> LedgerStore.Change {
        .init(height: height, key: Array(key.utf8), value: value.map { Array($0.utf8) })
    }

    /// Commits heights whose states the model keeps as well.
    private func fill(_ store: LedgerStore, through last: Int64) throws -> [Int64: [String: String]] {
        var model: [String: String] = [:]
        var history: [Int64: [String: String]] = [:]
        var tree = SparseMerkleTree()
        for height in 1...last {
            var changes = [change(height, "counter", "\(height)")]
            model["counter"] = "\(height)"
            if height % 3 == 0 {
                changes.append(change(height, "third/\(height % 9)", height % 2 == 0 ? "\(height)" : nil))
                model["third/\(height % 9)"] = height % 2 == 0 ? "\(height)" : nil
            }
            tree.apply(
                changes.map { .init(path: .sha256($0.key), valueHash: $0.value.map(Hash.sha256)) })
            try store.commit(height: height, appHash: tree.rootHash, changes: changes)
            history[height] = model
        }
        return history
    }

    @Test("WAL and FULL are set and read back")
    func pragmas() throws {
        let database = try SQLiteDatabase(path: path)
        for (name, expected) in [("journal_mode", "wal"), ("synchronous", "2")] {
            let statement = try database.statement("PRAGMA \(name)")
            #expect(try statement.step())
            #expect(statement.text(0) == expected)
            statement.reset()
        }
        // An in-memory database cannot keep a WAL: it is refused instead of used with less.
        #expect(throws: LedgerNodeError.databaseSetting(name: "journal_mode", expected: "wal", found: "memory")) {
            try SQLiteDatabase(path: ":memory:")
        }
        #expect(throws: LedgerNodeError.self) { try SQLiteDatabase(path: home.path + "/no/such/folder/x") }
    }

    @Test("a transaction that fails leaves nothing")
    func rollback() throws {
        let database = try SQLiteDatabase(path: path)
        try database.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)")
        #expect(throws: LedgerNodeError.self) {
            try database.transaction { () throws(LedgerNodeError) in
                try database.execute("INSERT INTO t VALUES (1)")
                try database.execute("INSERT INTO t VALUES (1)")
            }
        }
        let count = try database.statement("SELECT count(*) FROM t")
        #expect(try count.step())
        #expect(count.integer(0) == 0)
    }

    @Test("every height of the history answers with its own values, before and after the store is opened again")
    func history() throws {
        let last: Int64 = 300
        var store = try LedgerStore(path: path)
        let history = try fill(store, through: last)
        for _ in 0..<2 {
            let trees = try store.trees()
            #expect(trees.map(\.height) == Array((last - LedgerStore.history)...last))
            for (height, tree) in trees {
                let model = try #require(history[height])
                var expected = SparseMerkleTree()
                expected.apply(
                    model.map { .init(path: .sha256(Array($0.key.utf8)), valueHash: .sha256(Array($0.value.utf8))) })
                #expect(tree.rootHash == expected.rootHash, "height \(height)")
                for key in ["counter"] + (0..<9).map({ "third/\($0)" }) {
                    let value = try store.value(of: Array(key.utf8), at: height)
                    #expect(value == model[key].map { Array($0.utf8) }, "height \(height), \(key)")
                }
            }
            store = try LedgerStore(path: path)
        }
        // Nothing older is kept than what the oldest height still needs.
        let rows = try store.database.statement("SELECT count(*) FROM state WHERE key = ?").bind(
            1, Array("counter".utf8))
        #expect(try rows.step())
        #expect(rows.integer(0) == LedgerStore.history + 1)
        rows.reset()
        let dead = try store.database.statement("SELECT count(*) FROM state WHERE value IS NULL AND height <= ?")
            .bind(1, last - LedgerStore.history)
        #expect(try dead.step())
        #expect(dead.integer(0) == 0)
    }

    @Test("a state that was tampered with is refused at start")
    func tampered() throws {
        let store = try LedgerStore(path: path)
        _ = try fill(store, through: 12)
        try store.database.execute("UPDATE state SET value = x'00' WHERE height = 12 AND key = CAST('counter' AS BLOB)")
        #expect(throws: LedgerNodeError.self) { try LedgerStore(path: path).trees() }
    }

    @Test("key files: 0600, never replaced, never read when others can")
    func keyFiles() throws {
        let file = home.path + "/a.key"
        let key = try KeyFile.create(file)
        #expect(try KeyFile.load(file).rawRepresentation == key.rawRepresentation)
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(throws: LedgerNodeError.self) { try KeyFile.create(file) }
        #expect(try KeyFile.load(file).rawRepresentation == key.rawRepresentation)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
        #expect(throws: LedgerNodeError.unsafeMode(path: file, mode: 0o640)) { try KeyFile.load(file) }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        for text in ["", "00", String(repeating: "0", count: 63) + "g", String(repeating: "0", count: 66)] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
            #expect(throws: LedgerNodeError.self) { try KeyFile.load(file) }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.path) == ["a.key"])
    }

    @Test("the mempool keeps order, remembers, and stays in bounds")
    func mempool() throws {
        var pool = Mempool()
        let transactions = (0..<5).map { [UInt8]([UInt8($0), 7]) }
        for transaction in transactions {
            try pool.admit(.sha256(transaction), size: 2)
            pool.add(transaction, hash: .sha256(transaction), height: 10)
        }
        #expect(pool.entries.map(\.bytes) == transactions && pool.totalBytes == 10)
        #expect(throws: Mempool.Refusal.seen) { try pool.admit(.sha256(transactions[1]), size: 2) }
        // 0 and 1 come into a block, 2 is refused by the recheck.
        try pool.update(committed: Array(transactions[..<2]), height: 11) { (bytes) throws(LedgerNodeError) in
            bytes != transactions[2]
        }
        #expect(pool.entries.map(\.bytes) == Array(transactions[3...]) && pool.totalBytes == 4)
        #expect(throws: Mempool.Refusal.seen) { try pool.admit(.sha256(transactions[0]), size: 2) }
        #expect(throws: Never.self) { try pool.admit(.sha256(transactions[2]), size: 2) }
        // What waits too long goes.
        try pool.update(committed: [], height: 10 + Mempool.maximumAge) { (_) throws(LedgerNodeError) in true }
        #expect(pool.isEmpty)
        let big = Mempool.maximumBytes
        #expect(throws: Mempool.Refusal.full(count: 0, bytes: 0)) { try pool.admit(.sha256([1]), size: big + 1) }
        for number in 0..<Mempool.maximumCount {
            let bytes = Array("\(number)".utf8)
            pool.add(bytes, hash: .sha256(bytes), height: 40)
        }
        #expect(throws: Mempool.Refusal.self) { try pool.admit(.sha256([9, 9]), size: 1) }
    }

    @Test("the memory of signatures is bounded and forgets the oldest first")
    func signatures() {
        let memory = CheckedSignatures(capacity: 3)
        let all = (0..<5).map {
            CheckedSignature(publicKey: [UInt8($0)], messageHash: [1], context: .record)
        }
        for signature in all[..<3] { memory.insert(signature) }
        memory.insert(all[0])
        #expect(all[..<3].allSatisfy(memory.contains))
        memory.insert(all[3])
        #expect(!memory.contains(all[0]) && memory.contains(all[1]) && memory.contains(all[3]))
        memory.insert(all[4])
        #expect(!memory.contains(all[1]) && memory.contains(all[2]) && memory.contains(all[4]))
        let other = CheckedSignature(publicKey: [4], messageHash: [1], context: .transaction)
        #expect(!memory.contains(other))
    }
}
