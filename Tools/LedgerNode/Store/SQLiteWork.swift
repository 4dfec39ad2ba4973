/// Counts of a connection's work, which depend on the data alone and not on the machine.
struct SQLiteWork: Equatable {
    /// Pages looked at, in the cache or on the disk.
    var pagesRead = 0
    /// Pages written to the write-ahead log.
    var pagesWritten = 0
    /// Rows inserted, replaced or deleted.
    var rowsWritten = 0
    /// Steps of the statements' virtual machine.
    var steps = 0

    static func - (later: SQLiteWork, earlier: SQLiteWork) -> SQLiteWork {
        SQLiteWork(
            pagesRead: later.pagesRead - earlier.pagesRead, pagesWritten: later.pagesWritten - earlier.pagesWritten,
            rowsWritten: later.rowsWritten - earlier.rowsWritten, steps: later.steps - earlier.steps)
    }
}
