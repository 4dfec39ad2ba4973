internal import CSQLite

/// A prepared statement: bind from 1, step, read columns from 0, reset.
final class SQLiteStatement {
    private let pointer: OpaquePointer
    private let text: String

    init(pointer: OpaquePointer, text: String) {
        self.pointer = pointer
        self.text = text
    }

    /// Releases it; called once, by the connection.
    func finalize() { sqlite3_finalize(pointer) }

    /// Forgets the row and the bindings.
    func reset() {
        sqlite3_reset(pointer)
        sqlite3_clear_bindings(pointer)
    }

    @discardableResult
    func bind(_ index: Int32, _ value: Int64) throws(LedgerNodeError) -> Self {
        try check(sqlite3_bind_int64(pointer, index, value))
        return self
    }

    @discardableResult
    func bind(_ index: Int32, _ bytes: [UInt8]?) throws(LedgerNodeError) -> Self {
        if let bytes {
            try check(wattseal_sqlite_bind_blob(pointer, index, bytes, Int32(bytes.count)))
        } else {
            try check(sqlite3_bind_null(pointer, index))
        }
        return self
    }

    @discardableResult
    func bind(_ index: Int32, _ value: String) throws(LedgerNodeError) -> Self {
        try check(wattseal_sqlite_bind_text(pointer, index, value, Int32(value.utf8.count)))
        return self
    }

    /// True when there is a row to read.
    func step() throws(LedgerNodeError) -> Bool {
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw error(code)
        }
    }

    /// Runs it to its end and resets it.
    func run() throws(LedgerNodeError) {
        while try step() {}
        reset()
    }

    /// The virtual machine's steps so far: reading a row costs several, and a scan as many times several as it reads rows.
    var steps: Int { Int(sqlite3_stmt_status(pointer, SQLITE_STMTSTATUS_VM_STEP, 0)) }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }

    func text(_ column: Int32) -> String {
        sqlite3_column_text(pointer, column).map { String(cString: $0) } ?? ""
    }

    /// The bytes of a blob, or nil for NULL.
    func bytes(_ column: Int32) -> [UInt8]? {
        guard sqlite3_column_type(pointer, column) != SQLITE_NULL else { return nil }
        let count = Int(sqlite3_column_bytes(pointer, column))
        guard count > 0, let start = sqlite3_column_blob(pointer, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    private func check(_ code: Int32) throws(LedgerNodeError) {
        guard code == SQLITE_OK else { throw error(code) }
    }

    private func error(_ code: Int32) -> LedgerNodeError {
        .database(
            doing: text, code: code, message: String(cString: sqlite3_errmsg(sqlite3_db_handle(pointer))))
    }
}
