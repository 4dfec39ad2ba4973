internal import LightClient

// Validator sets are kept where they changed and at every `validatorInterval`-th height; those between follow by turning.
// A home without any row has genesis's set, turned from height 1 on.

extension LedgerStore {
    /// At the latest after so many heights a set is kept whole.
    static let validatorInterval: Int64 = 1_000

    /// What a block leaves beside itself: changed validators, evidence.
    struct Aftermath {
        var updates: [ABCI.ValidatorUpdate] = []
        var evidence: [Evidence] = []
        /// The set of two heights later, where it is kept.
        var keptSet: (height: Int64, rotation: ValidatorRotation)?
    }

    /// Writes what a block leaves; inside the commit's transaction.
    func insert(_ aftermath: Aftermath, height: Int64) throws(LedgerNodeError) {
        for (place, update) in aftermath.updates.enumerated() {
            try database.statement("INSERT INTO validator_updates VALUES (?, ?, ?)")
                .bind(1, height).bind(2, Int64(place)).bind(3, update.protobuf).run()
        }
        for (place, evidence) in aftermath.evidence.enumerated() {
            try database.statement("INSERT INTO evidence VALUES (?, ?, ?, ?)")
                .bind(1, height).bind(2, Int64(place)).bind(3, evidence.hash.bytes).bind(4, evidence.json).run()
        }
        if let (height, rotation) = aftermath.keptSet {
            try database.statement("INSERT OR REPLACE INTO validator_sets VALUES (?, ?, ?)")
                .bind(1, height).bind(2, rotation.set.protobuf).bind(3, rotation.proposer.bytes).run()
        }
    }

    /// The set of a height; `genesis` is the first one's.
    func validators(at height: Int64, genesis: ValidatorRotation) throws(LedgerNodeError) -> ValidatorRotation {
        var (base, rotation) = (Int64(1), genesis)
        let statement = try database.statement(
            "SELECT height, members, proposer FROM validator_sets WHERE height <= ? ORDER BY height DESC LIMIT 1"
        ).bind(1, height)
        defer { statement.reset() }
        do {
            if try statement.step() {
                guard let proposer = Address(bytes: statement.bytes(2) ?? []) else {
                    throw corrupt("the proposer of height \(statement.integer(0)) is broken")
                }
                base = statement.integer(0)
                rotation = ValidatorRotation(
                    set: try ValidatorSet(protobuf: statement.bytes(1) ?? []), proposer: proposer)
            }
            while base < height {
                rotation = try rotation.next()
                base += 1
            }
            return rotation
        } catch let error as LedgerNodeError {
            throw error
        } catch {
            throw corrupt("the validators of height \(height): \(error)")
        }
    }

    /// The changes that a block made.
    func validatorUpdates(at height: Int64) throws(LedgerNodeError) -> [ABCI.ValidatorUpdate] {
        let statement = try database.statement(
            "SELECT bytes FROM validator_updates WHERE height = ? ORDER BY place"
        ).bind(1, height)
        defer { statement.reset() }
        var updates: [ABCI.ValidatorUpdate] = []
        do {
            while try statement.step() {
                updates.append(try ABCI.ValidatorUpdate(protobuf: statement.bytes(0) ?? []))
            }
        } catch let error as LedgerNodeError {
            throw error
        } catch {
            throw corrupt("a validator change of block \(height): \(error)")
        }
        return updates
    }

    /// The evidence in a block.
    func evidence(at height: Int64) throws(LedgerNodeError) -> [Evidence] {
        let statement = try database.statement("SELECT json FROM evidence WHERE height = ? ORDER BY place")
            .bind(1, height)
        defer { statement.reset() }
        var evidence: [Evidence] = []
        while try statement.step() {
            do { evidence.append(try Evidence(json: statement.bytes(0) ?? [])) } catch {
                throw corrupt("evidence of block \(height): \(error)")
            }
        }
        return evidence
    }

    /// Whether evidence stands in a block already.
    func hasEvidence(_ hash: Hash) throws(LedgerNodeError) -> Bool {
        let statement = try database.statement("SELECT 1 FROM evidence WHERE hash = ?").bind(1, hash.bytes)
        defer { statement.reset() }
        return try statement.step()
    }
}
