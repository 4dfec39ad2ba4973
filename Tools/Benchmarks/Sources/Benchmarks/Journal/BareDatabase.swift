import CBaselines
import Glibc

/// Rows in SQLite, WAL, `synchronous=FULL`, one transaction each, in C.
final class BareDatabase {
    static let name = "SQLite, WAL, synchronous=FULL, a row a transaction"
    private let path: String
    private let database: OpaquePointer

    init(path: String) throws {
        self.path = path
        guard let database = baselines_database_open(path) else { throw BenchmarkFailed("\(path): SQLite refuses") }
        self.database = database
    }

    deinit {
        baselines_database_close(database)
        for ending in ["", "-wal", "-shm"] { unlink(path + ending) }
    }

    /// Inserts one row; durable when it returns.
    func insert(_ bytes: [UInt8]) throws {
        let result = baselines_database_insert(database, bytes, bytes.count)
        guard result == 0 else { throw BenchmarkFailed("\(path): insertion failed with errno \(-result)") }
    }
}
