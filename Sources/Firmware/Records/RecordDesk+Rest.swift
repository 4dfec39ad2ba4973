import ChargeControl
import Journal
import Logging
import Quantities

extension RecordDesk {
    /// Records that must still fit for a running session to be ended and its end acknowledged.
    static let reserveForEnding = 64

    /// What the journal does when nothing else is to be done: its spare segment, and the anchor 1 s after the last record.
    func rest() {
        guard bar == nil else { return }
        do {
            if let since = uncoveredSince, SystemClock.now() - since >= .seconds(1) {
                try journal.anchor()
                uncoveredSince = nil
            }
            try journal.maintain()
        } catch {
            // No spare segment is no failure yet: `freeRecords` counts down, and the sale ends before it is 0.
            if journal.isPoisoned { raise(.records("\(error)")) }
            status.update { $0.records.problem = "\(error)" }
        }
        let state: RecordStoreState = journal.freeRecords < Self.reserveForEnding ? .nearlyFull : .ok
        if state != toldStore {
            toldStore = state
            tell(.recordStore(state))
        }
    }

    /// Covers the last record; the last call.
    func close() {
        do { if bar == nil { try journal.anchor() } } catch { logger.error("journal: \(error)") }
    }
}
