import ChargeControl
import Journal
import Logging
import Quantities
import SignedRecords

extension RecordDesk {
    /// What the journal does when nothing else is to be done: its spare segment, and the anchor 1 s after the last record.
    func rest() {
        for connector in connectors { connector.tellUntold() }
        keepSettings()
        guard bar == nil else { return }
        for connector in connectors {
            connector.withdrawStaleOffer()
            connector.keepBounds(at: SystemClock.now())
        }
        noteFacts()
        noteTechnicians()
        guard bar == nil else { return }
        for connector in connectors { connector.payExports() }
        do {
            if let since = uncoveredSince, SystemClock.now() - since >= .seconds(1) {
                try journal.anchor()
                uncoveredSince = nil
            }
        } catch {
            // A failed anchor has lost no record: its segment is left, and the header of the next one covers them.
            do { if journal.isPoisoned { try journal.resumeAfterFault() } else { throw error } } catch {
                raise(.records("\(error)"))
            }
            uncoveredSince = nil
        }
        keepSpare()
        scrub()
        let state: RecordStoreState = journal.freeRecords < reserveForEnding ? .nearlyFull : .ok
        if state != toldStore {
            toldStore = state
            for connector in connectors where connector.bar == nil { connector.tell(.recordStore(state)) }
        }
    }

    /// Reads one older segment back and checks every frame: 4 MiB in two minutes and a half, 96 MiB an hour at most. What was
    /// durable and has changed stops the sale, with its slot; an error that the disk reports does when it reports it twice.
    private func scrub() {
        let now = SystemClock.now()
        if let scrubbedAt, now - scrubbedAt < Self.scrubInterval { return }
        scrubbedAt = now
        do {
            try journal.scrubNext()
            scrubFailed = false
        } catch {
            switch error {
            case .storage, .unreadable:
                logger.error("scrubbing: \(error)")
                if scrubFailed { raise(.records("\(error)")) }
                scrubFailed = true
            default: raise(.records("\(error)"))
            }
        }
    }

    /// Between two segments that are scrubbed.
    static var scrubInterval: Nanoseconds { .seconds(150) }

    /// Covers the last record; the last call.
    func close() {
        do { if bar == nil { try journal.anchor() } } catch { logger.error("journal: \(error)") }
    }

    /// Has the spare segment made. A full disk is tried again after a minute: each try writes a whole segment.
    private func keepSpare() {
        if let missed = spareMissedAt, SystemClock.now() - missed < .seconds(60) { return }
        do {
            let time = recordTime()
            // Only a clock that is right may make anything too old.
            try journal.maintain(now: time.quality == .synchronised ? time.utc : nil)
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
