import ChargeControl
import Journal
import Logging
import Quantities

extension RecordDesk {
    /// What the journal does when nothing else is to be done: its spare segment, and the anchor 1 s after the last record.
    func rest() {
        for connector in connectors { connector.tellUntold() }
        guard bar == nil else { return }
        for connector in connectors { connector.withdrawStaleOffer() }
        noteFacts()
        guard bar == nil else { return }
        do {
            if let since = uncoveredSince, SystemClock.now() - since >= .seconds(1) {
                try journal.anchor()
                uncoveredSince = nil
            }
        } catch {
            raise(.records("\(error)"))
        }
        keepSpare()
        let state: RecordStoreState = journal.freeRecords < reserveForEnding ? .nearlyFull : .ok
        if state != toldStore {
            toldStore = state
            for connector in connectors where connector.bar == nil { connector.tell(.recordStore(state)) }
        }
    }

    /// Covers the last record; the last call.
    func close() {
        do { if bar == nil { try journal.anchor() } } catch { logger.error("journal: \(error)") }
    }

    /// Has the spare segment made. A full disk is tried again after a minute: each try writes a whole segment.
    private func keepSpare() {
        if let missed = spareMissedAt, SystemClock.now() - missed < .seconds(60) { return }
        do {
            try journal.maintain()
            if spareMissedAt != nil {
                spareMissedAt = nil
                let standing = rollback.map(\.description) ?? ""
                status.update { $0.records.problem = standing }
            }
        } catch {
            // No failure yet: `freeRecords` counts down, and the sale ends before it is 0.
            spareMissedAt = SystemClock.now()
            logger.warning("no spare journal segment: \(error)")
            status.update { $0.records.problem = "no spare segment: \(error)" }
        }
    }
}
