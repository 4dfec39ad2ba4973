internal import LightClient

extension LedgerStore {
    /// How many snapshots are kept; the oldest goes when a new one is whole.
    static let keptSnapshots: Int64 = 2

    /// Keeps the newest state as a snapshot, chunk by chunk in one transaction: a kill leaves it whole or not there.
    func takeSnapshot(chainID: String, height: Int64, chunkSize: Int) throws(LedgerNodeError) {
        try database.transaction { () throws(LedgerNodeError) in
            try forgetSnapshot(height)
            var hashes: [Hash] = []
            var chunk = ProtobufWriter()
            func close() throws(LedgerNodeError) {
                try database.statement("INSERT INTO snapshot_chunks VALUES (?, ?, ?)")
                    .bind(1, height).bind(2, Int64(hashes.count)).bind(3, chunk.bytes).run()
                hashes.append(.sha256(chunk.bytes))
                chunk = ProtobufWriter()
            }
            let leaves = try database.statement(
                """
                SELECT key, value FROM state AS version WHERE value IS NOT NULL AND height = (
                    SELECT max(height) FROM state WHERE path = version.path) ORDER BY path
                """)
            defer { leaves.reset() }
            while try leaves.step() {
                let leaf = SnapshotChunk.Leaf(key: leaves.bytes(0) ?? [], value: leaves.bytes(1) ?? []).protobuf
                if !chunk.bytes.isEmpty, chunk.bytes.count + leaf.count > chunkSize { try close() }
                chunk.message(1, leaf)
            }
            if !chunk.bytes.isEmpty { try close() }
            guard hashes.count <= SnapshotMetadata.maximumChunks else {
                throw .application(reason: "the state fills \(hashes.count) chunks: a snapshot has too many")
            }
            let metadata = SnapshotMetadata(chainID: chainID, height: UInt64(height), chunks: hashes)
            try database.statement("INSERT INTO snapshots VALUES (?, ?, ?)")
                .bind(1, height).bind(2, Int64(hashes.count)).bind(3, metadata.protobuf).run()
            for old in try snapshots().dropFirst(Int(Self.keptSnapshots)) { try forgetSnapshot(Int64(old.height)) }
        }
    }

    private func forgetSnapshot(_ height: Int64) throws(LedgerNodeError) {
        try database.statement("DELETE FROM snapshots WHERE height = ?").bind(1, height).run()
        try database.statement("DELETE FROM snapshot_chunks WHERE height = ?").bind(1, height).run()
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
    func snapshotChunk(height: Int64, place: Int64) throws(LedgerNodeError) -> [UInt8]? {
        let statement = try database.statement("SELECT bytes FROM snapshot_chunks WHERE height = ? AND place = ?")
            .bind(1, height).bind(2, place)
        defer { statement.reset() }
        return try statement.step() ? statement.bytes(0) : nil
    }

    // MARK: Restoring

    /// Forgets what was restored and never proved.
    func clearRestoring() throws(LedgerNodeError) { try database.execute("DELETE FROM restoring") }

    /// Keeps a chunk's leaves aside; they are no state until all of them are proved.
    func keepRestoring(_ leaves: [SnapshotChunk.Leaf]) throws(LedgerNodeError) {
        try database.transaction { () throws(LedgerNodeError) in
            for leaf in leaves {
                try database.statement("INSERT OR REPLACE INTO restoring VALUES (?, ?, ?)")
                    .bind(1, SparseMerkleTree.path(of: leaf.key).bytes).bind(2, leaf.key).bind(3, leaf.value).run()
            }
        }
    }

    /// What was kept aside becomes the state of a height, whole or not at all.
    func adoptRestored(appHash: [UInt8], chain: ChainMarks) throws(LedgerNodeError) {
        try database.transaction { () throws(LedgerNodeError) in
            try database.execute("DELETE FROM state")
            try database.statement("INSERT INTO state SELECT path, ?, key, value FROM restoring")
                .bind(1, chain.firstHeight).run()
            try database.execute("DELETE FROM restoring")
            try setMarks(height: chain.firstHeight, appHash: appHash, chain: chain)
        }
    }
}
