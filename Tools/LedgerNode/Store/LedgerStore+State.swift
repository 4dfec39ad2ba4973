internal import Ledger
internal import LightClient

extension LedgerStore {
    /// A key's value after a height, or nil where it is absent.
    func value(of key: [UInt8], at height: Int64) throws(LedgerNodeError) -> [UInt8]? {
        try leaf(SparseMerkleTree.path(of: key), at: height)?.value
    }

    /// The key and value at a path after a height.
    func leaf(_ path: Hash, at height: Int64) throws(LedgerNodeError) -> (key: [UInt8], value: [UInt8])? {
        let statement = try database.statement(
            "SELECT key, value FROM state WHERE path = ? AND height <= ? ORDER BY height DESC LIMIT 1"
        ).bind(1, path.bytes).bind(2, height)
        defer { statement.reset() }
        guard try statement.step(), let key = statement.bytes(0), let value = statement.bytes(1) else { return nil }
        return (key, value)
    }

    /// The keys that stand after a height, begin with `prefix` and lie behind `cursor`: in their order, at most `limit`.
    func keys(
        prefix: [UInt8], after cursor: [UInt8]?, at height: Int64, limit: Int
    ) throws(LedgerNodeError) -> [[UInt8]] {
        // Keys are UTF-8: none has a byte of 0xFF, so that all with the prefix lie below it with one behind.
        let statement = try database.statement(
            """
            SELECT key FROM state AS version WHERE key >= ?1 AND key > ?2 AND key < ?3 AND height <= ?4
                AND value IS NOT NULL AND height = (
                    SELECT max(height) FROM state WHERE path = version.path AND height <= ?4)
                ORDER BY key LIMIT ?5
            """
        ).bind(1, prefix).bind(2, cursor ?? []).bind(3, prefix + [0xFF]).bind(4, height).bind(5, Int64(limit))
        defer { statement.reset() }
        var keys: [[UInt8]] = []
        while try statement.step() { keys.append(statement.bytes(0) ?? []) }
        return keys
    }

    /// The trees of the last heights, built anew from the stored versions; newest last. Empty in a new home.
    ///
    /// The newest one's root must be the app hash that was committed.
    func trees() throws(LedgerNodeError) -> [(height: Int64, tree: SparseMerkleTree)] {
        guard let last = try lastCommit() else { return [] }
        // Versions are complete from the horizon on, and from the state that this store began with.
        let oldest = max(try chainMarks()?.firstHeight ?? 0, last.height - Self.history)
        var tree = SparseMerkleTree()
        tree.apply(try changes(inHeights: 0...oldest))
        var trees = [(height: oldest, tree: tree)]
        for height in (oldest..<last.height).map({ $0 + 1 }) {
            tree.apply(try changes(inHeights: height...height))
            trees.append((height, tree))
        }
        guard tree.rootHash == last.appHash else {
            throw corrupt(
                "the state's root is \(Hex.encode(tree.rootHash)), expected \(Hex.encode(last.appHash)) at height "
                    + "\(last.height)")
        }
        return trees
    }

    /// The newest version of each key that was written in these heights.
    private func changes(inHeights heights: ClosedRange<Int64>) throws(LedgerNodeError) -> [SparseMerkleTree.Change] {
        let statement = try database.statement(
            """
            SELECT path, value FROM state AS version WHERE height BETWEEN ?1 AND ?2 AND height = (
                SELECT max(height) FROM state WHERE path = version.path AND height <= ?2)
            """
        ).bind(1, heights.lowerBound).bind(2, heights.upperBound)
        defer { statement.reset() }
        var changes: [SparseMerkleTree.Change] = []
        while try statement.step() {
            guard let path = statement.bytes(0).flatMap(Hash.init(bytes:)) else { throw corrupt("a path is broken") }
            changes.append(.init(path: path, valueHash: statement.bytes(1).map(Hash.sha256)))
        }
        return changes
    }
}

/// The committed state as transactions read it.
struct CommittedState: LedgerState {
    let store: LedgerStore
    let height: Int64
    /// Of this height; nil where nothing is to be remembered.
    var cache: StateCache?

    func value(of key: StateKey) throws(LedgerError) -> [UInt8]? {
        if let known = cache?.known(key) { return known }
        let value: [UInt8]?
        do { value = try store.value(of: key.bytes, at: height) } catch {
            throw .stateUnavailable(reason: error.description)
        }
        cache?.note(key, value)
        return value
    }
}
