import DeviceKeys
import Journal
import Logging
import Quantities
import SignedRecords

// Records that nothing waits for share a flush: what has come from all connectors by the time the record thread looks is
// signed one by one and written at once. A lone record waits for no other. What something waits for (a begin, an end, what is
// written outside the orders) goes to the disk by itself, behind what was staged before it.
//
// Invariant: a staged record is known to nobody but the signer, which holds it as pending, until `commit` has made it durable.

extension RecordDesk {
    /// Takes orders; what they had recorded is durable when this returns, or the device is barred.
    func grouping(_ orders: () -> Void) {
        isGrouping = true
        orders()
        isGrouping = false
        do throws(SaleBar) { try commit() } catch { logger.debug("not written: \(error)") }
    }

    /// Makes what is staged durable, with one flush, and publishes it.
    ///
    /// - Throws: `SaleBar.records`, and from then on nothing is written.
    func commit() throws(SaleBar) {
        guard !staged.isEmpty else { return }
        if let bar { throw bar }
        let group = staged
        staged = []
        let began = SystemClock.now()
        do { try write(group) } catch { throw raise(.records("\(error)")) }
        noteWritten(group, began: began)
    }

    /// Whether a record may wait for others of the same turn.
    func mayWait(_ body: RecordBody, in chain: ChainNumber) -> Bool {
        guard isGrouping, chain != .device else { return false }
        switch body {
        case .tick, .pause, .resume, .event: return true
        default: return false
        }
    }

    /// Puts a signed record with the others; the signer holds only so many of a chain.
    func stage(_ signed: SignedRecord) throws(SaleBar) {
        staged.append(signed)
        if staged.count(where: { $0.record.chain == signed.record.chain }) >= PendingRecords.limit { try commit() }
    }

    /// The last record of a chain, durable or staged.
    func head(of chain: ChainNumber) -> ChainHead? {
        staged.last { $0.record.chain == chain }?.head ?? journal.head(of: chain)
    }

    /// Writes signed records. Where the disk failed, the same bytes go once more into a fresh segment, and count only when
    /// they can be read back from there.
    func write(_ group: [SignedRecord]) throws(JournalError) {
        do { try journal.append(group: group) } catch {
            guard journal.isPoisoned else { throw error }
            logger.error("the journal's segment failed, going on in a fresh one: \(error)")
            try journal.resumeAfterFault()
            try journal.append(
                group: group.filter { $0.record.sequence > journal.head(of: $0.record.chain)?.sequence ?? 0 })
            for signed in group {
                let (chain, sequence) = (signed.record.chain, signed.record.sequence)
                guard try journal.records(of: chain, from: sequence, through: sequence) == [signed] else {
                    throw .notHere(chain: chain, sequence: sequence)
                }
            }
            resumes += 1
            let count = resumes
            status.update { $0.records.resumes = count }
        }
    }
}
