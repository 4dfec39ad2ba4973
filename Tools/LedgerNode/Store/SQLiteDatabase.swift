internal import CSQLite

/// One connection to a SQLite file, in WAL mode with `synchronous=FULL`: a committed transaction survives a power cut.
///
/// Used by one owner at a time (the chain's actor); the library's own mutexes are not relied on.
final class SQLiteDatabase {
    private var handle: OpaquePointer?
    private var prepared: [String: SQLiteStatement] = [:]

    /// Opens or creates the file, sets WAL and FULL, and reads both back: a connection that silently runs with less
    /// would lose committed blocks.
    init(path: String) throws(LedgerNodeError) {
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK else {
            let message = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(handle)
            handle = nil
            throw .database(doing: "open \(path)", code: code, message: message)
        }
        sqlite3_busy_timeout(handle, 5_000)
        try set("journal_mode", to: "WAL", expecting: "wal")
        try set("synchronous", to: "FULL", expecting: "2")
        try set("foreign_keys", to: "ON", expecting: "1")
    }

    deinit { close() }

    /// Closes the file; every later use is refused with an error.
    func close() {
        for statement in prepared.values { statement.finalize() }
        prepared = [:]
        sqlite3_close_v2(handle)
        handle = nil
    }

    /// The statement for this text, prepared once.
    func statement(_ text: String) throws(LedgerNodeError) -> SQLiteStatement {
        if let known = prepared[text] {
            known.reset()
            return known
        }
        guard handle != nil else { throw error(doing: text, code: SQLITE_MISUSE) }
        var pointer: OpaquePointer?
        let code = sqlite3_prepare_v2(handle, text, -1, &pointer, nil)
        guard code == SQLITE_OK, let pointer else { throw error(doing: text, code: code) }
        let statement = SQLiteStatement(pointer: pointer, text: text)
        prepared[text] = statement
        return statement
    }

    /// Runs statements that answer nothing.
    func execute(_ text: String) throws(LedgerNodeError) {
        guard handle != nil else { throw error(doing: text, code: SQLITE_MISUSE) }
        let code = sqlite3_exec(handle, text, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(doing: text, code: code) }
    }

    /// Runs `body` as one transaction: all of it stands, or none.
    func transaction(_ body: () throws(LedgerNodeError) -> Void) throws(LedgerNodeError) {
        try execute("BEGIN IMMEDIATE")
        do {
            try body()
            try execute("COMMIT")
        } catch {
            // The first error is the one to report; a rollback that fails leaves nothing committed either.
            sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
            throw error
        }
    }

    /// What the connection has done so far.
    var work: SQLiteWork {
        func pages(_ operation: Int32) -> Int {
            var count: Int32 = 0
            var highest: Int32 = 0
            sqlite3_db_status(handle, operation, &count, &highest, 0)
            return Int(count)
        }
        return SQLiteWork(
            pagesRead: pages(SQLITE_DBSTATUS_CACHE_HIT) + pages(SQLITE_DBSTATUS_CACHE_MISS),
            pagesWritten: pages(SQLITE_DBSTATUS_CACHE_WRITE), rowsWritten: Int(sqlite3_total_changes(handle)),
            steps: prepared.values.reduce(0) { $0 + $1.steps })
    }

    private func set(_ name: String, to value: String, expecting expected: String) throws(LedgerNodeError) {
        // The answer of the assignment is dropped: only what is read back counts.
        try execute("PRAGMA \(name) = \(value)")
        let reading = try statement("PRAGMA \(name)")
        let found = try reading.step() ? reading.text(0) : ""
        reading.reset()
        guard found == expected else { throw .databaseSetting(name: name, expected: expected, found: found) }
    }

    private func error(doing: String, code: Int32) -> LedgerNodeError {
        .database(doing: doing, code: code, message: handle.map { String(cString: sqlite3_errmsg($0)) } ?? "closed")
    }
}
