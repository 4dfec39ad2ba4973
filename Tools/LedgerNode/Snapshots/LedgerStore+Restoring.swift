internal import LightClient

extension LedgerStore {
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
