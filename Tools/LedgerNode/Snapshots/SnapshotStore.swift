internal import LightClient

/// The snapshots that are kept, in a database of their own: who writes one never holds up who writes blocks.
final class SnapshotStore {
    /// How many snapshots are kept; the oldest goes when a new one is whole.
    static let kept = 2

    let path: String
    let database: SQLiteDatabase

    init(path: String) throws(LedgerNodeError) {
        self.path = path
        database = try SQLiteDatabase(path: path)
        try database.execute(
            """
            CREATE TABLE IF NOT EXISTS snapshots (
                height INTEGER PRIMARY KEY, chunks INTEGER NOT NULL, metadata BLOB NOT NULL);
            CREATE TABLE IF NOT EXISTS snapshot_chunks (
                height INTEGER NOT NULL, place INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (height, place)
                ) WITHOUT ROWID;
            """)
    }

    /// The snapshots that are kept, newest first.
    func snapshots() throws(LedgerNodeError) -> [ABCI.Snapshot] {
        let statement = try database.statement("SELECT height, chunks, metadata FROM snapshots ORDER BY height DESC")
        defer { statement.reset() }
        var snapshots: [ABCI.Snapshot] = []
        while try statement.step() {
            let metadata = statement.bytes(2) ?? []
            snapshots.append(
                ABCI.Snapshot(
                    height: UInt64(clamping: statement.integer(0)), format: SnapshotMetadata.format,
                    chunks: UInt32(clamping: statement.integer(1)), hash: Hash.sha256(metadata).bytes,
                    metadata: metadata))
        }
        return snapshots
    }

    /// A chunk of a snapshot that is kept, or nil.
    func chunk(height: Int64, place: Int64) throws(LedgerNodeError) -> [UInt8]? {
        let statement = try database.statement("SELECT bytes FROM snapshot_chunks WHERE height = ? AND place = ?")
            .bind(1, height).bind(2, place)
        defer { statement.reset() }
        return try statement.step() ? statement.bytes(0) : nil
    }

    // MARK: Writing

    /// Writes a chunk; inside a transaction.
    func insert(_ chunk: [UInt8], height: Int64, place: Int) throws(LedgerNodeError) {
        try database.statement("INSERT INTO snapshot_chunks VALUES (?, ?, ?)")
            .bind(1, height).bind(2, Int64(place)).bind(3, chunk).run()
    }

    /// Writes what names a snapshot whose chunks are written, and forgets the oldest; inside a transaction.
    func insert(_ metadata: SnapshotMetadata) throws(LedgerNodeError) {
        try database.statement("INSERT INTO snapshots VALUES (?, ?, ?)")
            .bind(1, Int64(clamping: metadata.height)).bind(2, Int64(metadata.chunks.count)).bind(3, metadata.protobuf)
            .run()
        for old in try snapshots().dropFirst(Self.kept) { try forget(Int64(clamping: old.height)) }
    }

    /// Forgets the snapshot of a height, if there is one.
    func forget(_ height: Int64) throws(LedgerNodeError) {
        try database.statement("DELETE FROM snapshots WHERE height = ?").bind(1, height).run()
        try database.statement("DELETE FROM snapshot_chunks WHERE height = ?").bind(1, height).run()
    }
}
