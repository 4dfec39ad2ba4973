import Journal
import Ledger
import Logging
import SignedRecords

// The ledger proved a head ahead of the journal's: the storage was restored from an earlier image. The device says so itself,
// behind the proved head, and sells nothing until a technician has come; what it is then no fraud, since no number gets two
// contents.
extension RecordDesk {
    /// Writes the record that names the missing range; durable when this returns.
    ///
    /// - Parameter height: that of the ledger's state which proved the head.
    func noteRollback(of chain: ChainNumber, to proved: ChainHeadState, height: Int64) {
        let head = journal.head(of: chain) ?? ChainHead(sequence: 0, hash: .zero)
        forbidSale(.rollback(chain: chain, proved: proved.sequence, journal: head.sequence))
        guard bar == nil, proved.sequence > head.sequence, proved.sequence < .max else { return }
        let body = RollbackDetected(
            journalSequence: head.sequence, journalHash: head.hash, provedSequence: proved.sequence,
            ledgerHeight: UInt64(max(0, height)))
        do throws(SaleBar) {
            let signed = try append(
                .rollbackDetected(body), to: chain, behind: ChainHead(sequence: proved.sequence, hash: proved.hash))
            connector(chain)?.abandonSession(at: signed.record.sequence)
        } catch {
            raise(error)
        }
    }

    /// Finds the rollbacks that the records tell of.
    func takeUpRollbacks() throws(JournalError) {
        for chain in chains {
            for signed in try journal.standing(of: chain) {
                guard case .rollbackDetected(let body) = signed.record.body else { continue }
                forbidSale(.rollback(chain: chain, proved: body.provedSequence, journal: body.journalSequence))
            }
        }
    }

    /// Nothing is sold any more, over restarts; records go on.
    private func forbidSale(_ reason: SaleBar) {
        logger.critical("nothing is sold until a technician has come: \(reason)")
        guard rollback == nil else { return }
        rollback = reason
        status.update { $0.records.problem = reason.description }
        for connector in connectors { connector.withdrawOffer() }
    }
}

extension ConnectorDesk {
    /// Its session was in records that are lost here: nobody can end it any more.
    func abandonSession(at sequence: UInt64) {
        if let session = sale?.session ?? interrupted?.session {
            logger.error("connector \(chain): session \(session) is abandoned")
        }
        sale = nil
        interrupted = nil
        doubted = []
        lastEnd = sequence
    }
}
