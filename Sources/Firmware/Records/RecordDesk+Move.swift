import Journal
import Logging
import PlatformLink
import SignedRecords

// A move to another ledger: the session that was open ends under the old one, then every chain is closed for it, then every
// chain is opened for the new one. Level-triggered: the records say how far it came, whatever was cut off where.
//
// The old ledger may be dead, so its heads are not proved first: the owner's word in the configuration is the offline policy.
// The risk is in docs/decisions/0011. Nothing but the end of that session, closes and opens is signed meanwhile.

extension RecordDesk {
    /// Holds what the configuration says of the ledger against what the records say, before anything is signed.
    ///
    /// - Throws: `SaleBar.records` where the two do not fit and no move explains it; its words say what to do.
    func planMove(_ genesis: Genesis) throws {
        for chain in chains { paths[chain] = LedgerPath(first: genesis.ledger) }
        for signed in try journal.identityRecords() { paths[signed.record.chain]?.take(signed.record) }
        let isThere = chains.allSatisfy { path(of: $0).current == ledger && path(of: $0).closing == nil }
        if isThere { return try checkDone() }
        guard let choice = identity.move else { throw SaleBar.records(unexplained) }
        for chain in chains {
            let path = path(of: chain)
            if path.current == choice.to {
                guard path.closing == nil, path.lastOpen == choice.open else {
                    throw SaleBar.records("chain \(chain) came by another move: \(words(path))")
                }
                continue
            }
            guard path.current == choice.from else {
                throw SaleBar.records(
                    "moved_from states \(choice.from), chain \(chain) belongs to ledger \(path.current)")
            }
            guard path.closing.map({ $0 == choice.close }) ?? true else {
                throw SaleBar.records("chain \(chain) was closed for another move: \(words(path))")
            }
            guard !path.ledgers.contains(choice.to) else {
                throw SaleBar.records("the records left ledger \(choice.to) before; there is no way back")
            }
        }
        move = choice
    }

    /// The configured move has been made, or there is none.
    private func checkDone() throws {
        guard let choice = identity.move else { return }
        let last = path(of: .device).lastOpen
        guard last?.oldLedger == choice.from else {
            let found = last.map { "came from ledger \($0.oldLedger)" } ?? "began on ledger \(ledger)"
            throw SaleBar.records("moved_from states \(choice.from), the records \(found)")
        }
    }

    /// What to do where records and configuration name different ledgers.
    private var unexplained: String {
        if let path = chains.map({ path(of: $0) }).first(where: { $0.closing != nil }), let closing = path.closing {
            return
                "a move was begun and cannot be taken back; to complete it, state chain_id = \"\(closing.newLedger)\", "
                + "trust_height = \(closing.anchorHeight), trust_hash = \"\(closing.anchorHash.hex)\" and "
                + "moved_from = \"\(path.current)\" in [ledger]"
        }
        let other = chains.map { path(of: $0).current }.first { $0 != ledger } ?? ledger
        return "the records belong to ledger \(other), the configuration names \(ledger); "
            + "to leave \(other) for good, state moved_from = \"\(other)\" in [ledger]"
    }

    private func words(_ path: LedgerPath) -> String {
        if let closing = path.closing {
            return "towards \(closing.newLedger), anchor \(closing.anchorHeight) \(closing.anchorHash)"
        }
        guard let open = path.lastOpen else { return "on \(path.current)" }
        return "from \(open.oldLedger) to \(open.newLedger), anchor \(open.anchorHeight) \(open.anchorHash)"
    }

    /// Goes on with the move as far as it can: called at the start, and when an interrupted session has ended.
    func carryOutMove() {
        guard let move, bar == nil else { return }
        if let busy = connectors.first(where: { $0.interrupted != nil }) {
            let waiting = "moves to ledger \(move.to) once the session on connector \(busy.chain) has ended"
            status.update { $0.records.problem = waiting }
            return logger.warning("\(waiting)")
        }
        do {
            if chains.allSatisfy({ path(of: $0).current == move.from && path(of: $0).closing == nil }) {
                // Durable before the first close: afterwards an acknowledgement of open covers all that stands before it.
                let acknowledged = Dictionary(uniqueKeysWithValues: chains.map { ($0, journal.acknowledged(of: $0)) })
                try leaving(LeftLedger(ledger: move.from, acknowledged: acknowledged))
            }
            for chain in chains where path(of: chain).current == move.from && path(of: chain).closing == nil {
                try append(.close(move.close), to: chain)
            }
            for chain in chains where path(of: chain).closing != nil { try append(.open(move.open), to: chain) }
        } catch {
            raise(.records("\(error)"))
            return
        }
        self.move = nil
        logger.notice("moved from ledger \(move.from) to ledger \(move.to); its owner registers it there")
        status.update { $0.records.problem = "" }
        for connector in connectors where isWritable(connector.chain) { connector.headIsProved() }
    }

    /// Where a chain stands between ledgers.
    func path(of chain: ChainNumber) -> LedgerPath { paths[chain] ?? LedgerPath(first: ledger) }

    /// The ledger that a record is signed for.
    func ledger(of chain: ChainNumber, for body: RecordBody) -> LedgerChainID {
        if case .open(let open) = body { return open.newLedger }
        return path(of: chain).current
    }

    /// Where a chain stands for the ledger in force: what belongs to an earlier one is never sent, so it counts as done.
    ///
    /// - Throws: while a move is under way.
    func position(of chain: ChainNumber) throws -> JournalPosition {
        if let move {
            throw FirmwareError.room("records", reason: "the move to ledger \(move.to) is not complete")
        }
        let elsewhere = path(of: chain).lastElsewhere
        return JournalPosition(
            head: journal.head(of: chain)?.sequence ?? 0,
            acknowledged: max(journal.acknowledged(of: chain), elsewhere), elsewhere: elsewhere)
    }

    /// The records that the ledger in force has not acknowledged.
    func unacknowledged(of chain: ChainNumber, limit: Int) throws -> [SignedRecord] {
        let elsewhere = path(of: chain).lastElsewhere
        guard limit > 0, journal.acknowledged(of: chain) < elsewhere else {
            return try journal.unacknowledged(of: chain, limit: limit)
        }
        return try journal.records(of: chain, from: elsewhere + 1, through: elsewhere + UInt64(limit))
    }
}
