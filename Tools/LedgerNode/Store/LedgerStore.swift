internal import LightClient

// This file owns the database's layout. One SQLite transaction a block carries the block (where the node keeps blocks), its
// transactions and results, the state's changes and the marks: a kill at any instant leaves the state after some whole block.

/// The node's storage: the state with the versions of the last heights; for a chain of its own also its blocks, behind
/// CometBFT, which keeps them itself, what a state sync brings instead.
final class LedgerStore {
    /// For how many heights before the last the state can still be asked.
    static let history: Int64 = 128

    let database: SQLiteDatabase
    private let path: String
    /// The block that goes into the next commit's transaction.
    private var staged: StoredBlock?

    /// Opens or makes the database of a home of this kind.
    init(path: String, of kind: HomeFolder.Kind = .standalone) throws(LedgerNodeError) {
        self.path = path
        database = try SQLiteDatabase(path: path)
        try database.execute(Self.stateSchema)
        switch kind {
        case .standalone: try database.execute(Self.blocksSchema)
        case .abci: try database.execute(Self.restoringSchema)
        }
    }

    private static let stateSchema = """
        CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS state (
            path BLOB NOT NULL, height INTEGER NOT NULL, key BLOB NOT NULL, value BLOB,
            PRIMARY KEY (path, height)) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS state_by_height ON state (height);
        CREATE INDEX IF NOT EXISTS state_by_key ON state (key, height);
        """

    private static let blocksSchema = """
        CREATE TABLE IF NOT EXISTS blocks (
            height INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, header BLOB NOT NULL, block_id BLOB NOT NULL,
            last_commit BLOB NOT NULL, seen_commit BLOB NOT NULL, size INTEGER NOT NULL, transactions INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS transactions (
            height INTEGER NOT NULL, place INTEGER NOT NULL, hash BLOB NOT NULL, bytes BLOB NOT NULL,
            code INTEGER NOT NULL, data BLOB NOT NULL, log TEXT NOT NULL, PRIMARY KEY (height, place)) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS transactions_by_hash ON transactions (hash);
        CREATE TABLE IF NOT EXISTS validator_sets (
            height INTEGER PRIMARY KEY, members BLOB NOT NULL, proposer BLOB NOT NULL);
        CREATE TABLE IF NOT EXISTS validator_updates (
            height INTEGER NOT NULL, place INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (height, place)
            ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS evidence (
            height INTEGER NOT NULL, place INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE, json BLOB NOT NULL,
            PRIMARY KEY (height, place)) WITHOUT ROWID;
        """

    private static let restoringSchema = """
        CREATE TABLE IF NOT EXISTS restoring (
            path BLOB PRIMARY KEY, key BLOB NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;
        """

    func corrupt(_ reason: String) -> LedgerNodeError { .corruptHome(path: path, reason: reason) }

    // MARK: Commit

    /// One key's change at one height.
    struct Change {
        let height: Int64
        let key: [UInt8]
        let value: [UInt8]?
    }

    /// Keeps the block for the next `commit`, so that both stand or neither does.
    func stage(_ block: StoredBlock?) { staged = block }

    /// Makes a height's state, and the staged block, durable in one transaction.
    func commit(
        height: Int64, appHash: [UInt8], changes: [Change], chain: ChainMarks? = nil
    ) throws(LedgerNodeError) {
        let block = staged
        try database.transaction { () throws(LedgerNodeError) in
            if let block { try insert(block) }
            for change in changes {
                try database.statement("INSERT OR REPLACE INTO state (path, height, key, value) VALUES (?, ?, ?, ?)")
                    .bind(1, SparseMerkleTree.path(of: change.key).bytes).bind(2, change.height)
                    .bind(3, change.key).bind(4, change.value).run()
            }
            try setMarks(height: height, appHash: appHash, chain: chain)
            try prune(before: height - Self.history)
        }
        staged = nil
    }

    /// Forgets versions that no height from `horizon` on can see.
    private func prune(before horizon: Int64) throws(LedgerNodeError) {
        // Nothing is older than the first state, and that is all of the state at one height.
        guard horizon > (try chainMarks()?.firstHeight ?? 0) else { return }
        // Each height becomes the horizon once: only what changed at it hides older versions now.
        try database.statement(
            """
            DELETE FROM state WHERE height < ?1 AND path IN (SELECT path FROM state WHERE height = ?1)
            """
        ).bind(1, horizon).run()
        try database.statement("DELETE FROM state WHERE height = ?1 AND value IS NULL").bind(1, horizon).run()
    }

    // MARK: Marks

    /// The last committed height and its app hash; nil in a new home.
    func lastCommit() throws(LedgerNodeError) -> (height: Int64, appHash: [UInt8])? {
        guard let height = try meta("height") else { return nil }
        guard height.count == 8, let appHash = try meta("app_hash") else { throw corrupt("the last height is broken") }
        return (Self.height(height), appHash)
    }

    /// What the state says of its chain.
    struct ChainMarks: Equatable {
        /// The chain's name.
        let id: String
        /// The height whose state is the first that this store has: the one before the first block, or a snapshot's.
        let firstHeight: Int64
    }

    /// The chain whose state this is; nil in a new home, and in one made before the marks were.
    func chainMarks() throws(LedgerNodeError) -> ChainMarks? {
        guard let id = try meta("chain_id") else { return nil }
        guard let height = try meta("first_height"), height.count == 8 else {
            throw corrupt("the first height is broken")
        }
        return ChainMarks(id: String(decoding: id, as: UTF8.self), firstHeight: Self.height(height))
    }

    /// Writes the marks of a height; inside a transaction.
    func setMarks(height: Int64, appHash: [UInt8], chain: ChainMarks?) throws(LedgerNodeError) {
        try setMeta("height", Self.bytes(height))
        try setMeta("app_hash", appHash)
        guard let chain else { return }
        try setMeta("chain_id", Array(chain.id.utf8))
        try setMeta("first_height", Self.bytes(chain.firstHeight))
    }

    private func meta(_ name: String) throws(LedgerNodeError) -> [UInt8]? {
        let statement = try database.statement("SELECT value FROM meta WHERE name = ?").bind(1, name)
        defer { statement.reset() }
        return try statement.step() ? statement.bytes(0) : nil
    }

    private func setMeta(_ name: String, _ value: [UInt8]) throws(LedgerNodeError) {
        try database.statement("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)")
            .bind(1, name).bind(2, value).run()
    }

    private static func height(_ bytes: [UInt8]) -> Int64 { bytes.reduce(0) { $0 << 8 | Int64($1) } }

    static func bytes(_ height: Int64) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: height >> Int64($0)) }
    }
}
