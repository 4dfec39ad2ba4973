internal import Ledger
internal import LightClient

extension LedgerStore {
    /// Writes a block and its transactions; inside the commit's transaction.
    func insert(_ stored: StoredBlock) throws(LedgerNodeError) {
        guard let hash = stored.blockID.hash else { throw corrupt("a block without a hash was staged") }
        let height = stored.header.height
        try database.statement("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(1, height).bind(2, hash.bytes).bind(3, stored.header.protobuf).bind(4, stored.blockID.protobuf)
            .bind(5, stored.block.lastCommit.protobuf).bind(6, stored.commit.protobuf)
            .bind(7, Int64(stored.size)).bind(8, Int64(stored.block.transactions.count)).run()
        for (index, transaction) in stored.block.transactions.enumerated() {
            let result = stored.results[index]
            try database.statement("INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?)")
                .bind(1, height).bind(2, Int64(index)).bind(3, Hash.sha256(transaction).bytes).bind(4, transaction)
                .bind(5, Int64(result.code)).bind(6, result.data).bind(7, result.log).run()
        }
        try insert(stored.aftermath, height: height)
    }

    /// The block of a height.
    func block(at height: Int64) throws(LedgerNodeError) -> StoredBlock? {
        let statement = try database.statement(
            "SELECT header, block_id, last_commit, seen_commit, size FROM blocks WHERE height = ?"
        ).bind(1, height)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        let transactions = try transactions(at: height)
        let aftermath = Aftermath(
            updates: try validatorUpdates(at: height), evidence: try evidence(at: height), keptSet: nil)
        do {
            return StoredBlock(
                block: Block(
                    header: try Header(protobuf: statement.bytes(0) ?? []),
                    transactions: transactions.map(\.bytes), evidence: aftermath.evidence.map(\.wrapped),
                    lastCommit: try Commit(protobuf: statement.bytes(2) ?? [])),
                blockID: try BlockID(protobuf: statement.bytes(1) ?? []),
                commit: try Commit(protobuf: statement.bytes(3) ?? []), results: transactions.map(\.result),
                size: Int(statement.integer(4)), aftermath: aftermath)
        } catch {
            throw corrupt("block \(height): \(error)")
        }
    }

    /// The height of the block with this hash.
    func height(ofBlock hash: Hash) throws(LedgerNodeError) -> Int64? {
        let statement = try database.statement("SELECT height FROM blocks WHERE hash = ?").bind(1, hash.bytes)
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : nil
    }

    /// The last place at which a transaction stands; a batch of records may stand in several blocks.
    func transaction(_ hash: Hash) throws(LedgerNodeError) -> StoredTransaction? {
        let statement = try database.statement(
            "SELECT height, place, bytes, code, data, log FROM transactions WHERE hash = ? "
                + "ORDER BY height DESC, place DESC LIMIT 1"
        ).bind(1, hash.bytes)
        defer { statement.reset() }
        return try statement.step() ? Self.row(statement) : nil
    }

    private func transactions(at height: Int64) throws(LedgerNodeError) -> [StoredTransaction] {
        let statement = try database.statement(
            "SELECT height, place, bytes, code, data, log FROM transactions WHERE height = ? ORDER BY place"
        ).bind(1, height)
        defer { statement.reset() }
        var transactions: [StoredTransaction] = []
        while try statement.step() { transactions.append(Self.row(statement)) }
        return transactions
    }

    private static func row(_ statement: SQLiteStatement) -> StoredTransaction {
        StoredTransaction(
            height: statement.integer(0), index: UInt32(truncatingIfNeeded: statement.integer(1)),
            bytes: statement.bytes(2) ?? [],
            result: TransactionResult(
                code: UInt32(truncatingIfNeeded: statement.integer(3)), log: statement.text(5),
                data: statement.bytes(4) ?? []))
    }
}
