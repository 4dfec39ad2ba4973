import Journal
import Logging
import SignedRecords

// What technicians do stands in chain 0. It is durable before it is done: as a record, or, where nothing may be signed on the
// chain yet (its head on the ledger is not proved since the start, or the journal is at its end), in the backlog, which becomes
// records as soon as they may be written. A technician comes when the network is down.
extension RecordDesk {
    /// Puts an action on record; durable when it returns.
    ///
    /// - Throws: why it is not; what it is about must not be done then.
    func note(_ action: TechnicianAction) throws(FirmwareError) {
        noteTechnicians()
        guard mayNoteTechnicians, technicians.actions.isEmpty else { return try technicians.keep(action) }
        do throws(SaleBar) { try append(.event(.technicianAction(action)), to: .device) } catch {
            // The journal has just ended. What it may have written of this is found again by its boot and time.
            try technicians.keep(action)
        }
    }

    /// Puts on record what waits for it.
    func noteTechnicians() {
        guard !technicians.actions.isEmpty, mayNoteTechnicians else { return }
        do {
            let known = try notedActions()
            for action in technicians.actions where !known.contains(action) {
                try append(.event(.technicianAction(action)), to: .device)
            }
            try technicians.clear()
        } catch {
            logger.error("technicians' actions wait for their record: \(error)")
        }
    }

    private var mayNoteTechnicians: Bool {
        isWritable(.device) && genesisHash != nil && journal.freeRecords >= reserveForEnding
    }

    /// The newest ones on record: a stop between writing them and clearing the backlog must not write them twice.
    private func notedActions() throws(JournalError) -> Set<TechnicianAction> {
        guard let head = journal.head(of: .device)?.sequence else { return [] }
        let span = UInt64(2 * (TechnicianBacklog.most + TechnicianBacklog.mostInRescue))
        let first = max(journal.firstHere(of: .device), head - min(head, span) + 1)
        return Set(
            try journal.records(of: .device, from: first).compactMap { signed in
                if case .event(.technicianAction(let action)) = signed.record.body { action } else { nil }
            })
    }

    /// What the newest records say of the time, where a time source held the clock when they were made.
    func proveTime() {
        for chain in chains {
            guard let head = journal.head(of: chain)?.sequence else { continue }
            let first = max(journal.firstHere(of: chain), head - min(head, 16) + 1)
            for signed in (try? journal.records(of: chain, from: first)) ?? [] { proven.raise(by: signed.record.time) }
        }
    }
}
