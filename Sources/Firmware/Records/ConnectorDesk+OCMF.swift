import Journal
import Logging
import PlatformLink
import Quantities
import Receipts
import SignedRecords

// Every ended session has its signed OCMF record in a file (docs/receipt.md, "OCMF"). Level-triggered: what is missing is
// seen at the start and after each end, and made at the next rest; until then this connector offers nothing new, so that no
// more than one can ever be owed by a device that runs.

/// An ended session whose OCMF record is not on the disk yet.
struct OwedExport: Equatable {
    let session: SessionID
    /// Its begin record's number.
    let first: UInt64
    /// Its end record's number.
    let last: UInt64
    /// Which of the chain's ended sessions it is, from 1.
    let page: UInt64
}

extension ConnectorDesk {
    /// At the start: the ended sessions here that have no file.
    func findOwedExports() throws(JournalError) {
        owedExports = []
        let ends = try journal.recentEnds(of: chain)
        let total = journal.endedSessions(of: chain)
        for (index, signed) in ends.enumerated() {
            guard case .end(let end) = signed.record.body else { continue }
            let isThere: Bool
            do { isThere = try desk.ocmf.holds(end.session) } catch {
                logger.error("OCMF records: \(error)")
                isThere = false
            }
            if isThere { continue }
            guard let first = try beginning(of: end.session, before: signed.record.sequence) else {
                logger.error("session \(end.session) has no OCMF record, and its begin is not in the journal any more")
                continue
            }
            owedExports.append(
                OwedExport(
                    session: end.session, first: first, last: signed.record.sequence,
                    page: total - UInt64(ends.count - 1 - index)))
        }
    }

    private func beginning(of session: SessionID, before end: UInt64) throws(JournalError) -> UInt64? {
        let oldest = max(journal.firstHere(of: chain), 1)
        var upper = end
        while upper > oldest {
            let lower = upper > oldest + 64 ? upper - 64 : oldest
            for signed in try journal.records(of: chain, from: lower, through: upper - 1).reversed() {
                if case .begin(let begin) = signed.record.body, begin.session == session {
                    return signed.record.sequence
                }
            }
            upper = lower
        }
        return nil
    }

    /// After an end record: the session's export is owed.
    func oweExport(_ session: SessionID, first: UInt64, last: UInt64) {
        owedExports.append(
            OwedExport(session: session, first: first, last: last, page: journal.endedSessions(of: chain)))
    }

    /// Makes what is owed; what fails is tried again after a while.
    func payExports() {
        guard !owedExports.isEmpty else { return }
        if let missed = exportMissedAt, SystemClock.now() - missed < Self.exportDelay { return }
        while let owed = owedExports.first {
            do {
                try export(owed)
            } catch let error as ExportRefusal {
                // No later try makes it better; the records are there all the same.
                logger.error("session \(owed.session) has no OCMF record: \(error.reason)")
            } catch {
                exportMissedAt = SystemClock.now()
                logger.warning("the OCMF record of session \(owed.session) is not written: \(error)")
                // Why nothing is sold at all is told rather than this.
                if bar == nil { desk.status.update(chain) { $0.problem = "no OCMF record: \(error)" } }
                return
            }
            owedExports.removeFirst()
        }
        if exportMissedAt != nil {
            exportMissedAt = nil
            desk.status.update(chain) { if $0.problem.hasPrefix("no OCMF record") { $0.problem = "" } }
        }
    }

    private static var exportDelay: Nanoseconds { .seconds(10) }

    /// Why an export can never be made.
    private struct ExportRefusal: Error {
        let reason: String
    }

    private func export(_ owed: OwedExport) throws {
        let records = try journal.records(of: chain, from: owed.first, through: owed.last)
        guard case .genesis(let genesis)? = try journal.genesis()?.record.body, let end = records.last else {
            throw ExportRefusal(reason: "genesis or the session's records are not there")
        }
        guard end.record.keyEpoch == desk.keys.epoch else {
            throw ExportRefusal(
                reason: "its key epoch was \(end.record.keyEpoch), the device's is \(desk.keys.epoch)")
        }
        let ledger = try ledger(of: owed, genesis)
        let payload: OCMFPayload
        do throws(ReceiptError) {
            let decimals = try OCMFPayload.decimals(records: records, resolution: identity.meterResolution)
            payload = try OCMFPayload(
                records: records, genesis: genesis, ledger: ledger, page: owed.page, decimals: decimals)
        } catch {
            throw ExportRefusal(reason: "\(error)")
        }
        let signature = try desk.keys.signOCMF(payload: payload.bytes)
        try desk.ocmf.save(try OCMFRecord(payload, signature: signature), of: owed.session)
    }

    /// The ledger that the session's records are signed for: that of the last move before it.
    private func ledger(of owed: OwedExport, _ genesis: Genesis) throws -> LedgerChainID {
        var ledger = genesis.ledger
        for signed in try journal.identityRecords() where signed.record.chain == chain {
            if case .open(let open) = signed.record.body, signed.record.sequence < owed.first {
                ledger = open.newLedger
            }
        }
        return ledger
    }
}
