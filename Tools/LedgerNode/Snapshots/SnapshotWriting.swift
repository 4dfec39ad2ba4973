internal import LightClient

/// A snapshot that is being taken: a state held fast at one height, which is written while later blocks are committed.
///
/// The state is read in one read transaction of a connection of its own, begun before the next block can be committed: what
/// is committed later is not seen by it. The snapshot is written in one transaction of its own file: a kill leaves it whole or
/// not there.
final class SnapshotWriting {
    private let chainID: String
    private let height: Int64
    private let chunkSize: Int
    private let state: SQLiteDatabase
    private let store: SnapshotStore

    /// Holds the newest committed state fast; the work that this takes does not grow with the state. Throws where that state
    /// is not of this height.
    init(
        statePath: String, snapshotsPath: String, chainID: String, height: Int64, chunkSize: Int
    ) throws(LedgerNodeError) {
        self.chainID = chainID
        self.height = height
        self.chunkSize = chunkSize
        state = try SQLiteDatabase(path: statePath)
        store = try SnapshotStore(path: snapshotsPath)
        // A read transaction begins with its first read.
        try state.execute("BEGIN")
        let mark = try state.statement("SELECT value FROM meta WHERE name = 'height'")
        defer { mark.reset() }
        guard try mark.step(), mark.bytes(0) == LedgerStore.bytes(height) else {
            throw .application(reason: "the state is not of height \(height)")
        }
    }

    /// What is waited for between chunks: the height, and how many chunks are written.
    typealias Pause = @Sendable (_ height: Int64, _ chunks: Int) async -> Void

    /// Writes it, and lets other tasks run between chunks. A cancelled task ends it with nothing written.
    func run(pause: Pause?) async throws(LedgerNodeError) {
        defer {
            state.close()
            store.database.close()
        }
        try store.database.execute("BEGIN IMMEDIATE")
        // Without COMMIT nothing of it stands, whatever ended it.
        await pause?(height, 0)
        try store.forget(height)
        var hashes: [Hash] = []
        var chunk = ProtobufWriter()
        let leaves = try state.statement(
            """
            SELECT key, value FROM state AS version WHERE value IS NOT NULL AND height = (
                SELECT max(height) FROM state WHERE path = version.path) ORDER BY path
            """)
        while try leaves.step() {
            let leaf = SnapshotChunk.Leaf(key: leaves.bytes(0) ?? [], value: leaves.bytes(1) ?? []).protobuf
            if !chunk.bytes.isEmpty, chunk.bytes.count + leaf.count > chunkSize {
                try store.insert(chunk.bytes, height: height, place: hashes.count)
                hashes.append(.sha256(chunk.bytes))
                chunk = ProtobufWriter()
                await Task.yield()
                await pause?(height, hashes.count)
                guard !Task.isCancelled else { throw .application(reason: "the node stops") }
            }
            chunk.message(1, leaf)
        }
        if !chunk.bytes.isEmpty {
            try store.insert(chunk.bytes, height: height, place: hashes.count)
            hashes.append(.sha256(chunk.bytes))
        }
        guard hashes.count <= SnapshotMetadata.maximumChunks else {
            throw .application(reason: "the state fills \(hashes.count) chunks: a snapshot has too many")
        }
        try store.insert(SnapshotMetadata(chainID: chainID, height: UInt64(height), chunks: hashes))
        try store.database.execute("COMMIT")
    }
}
