import SignedRecords
import Synchronization

/// The latest time that this device has proof of: by the ledger's validators, or by its own records from when its clock was
/// synchronised. It never goes back while the daemon runs; a start reads it from the records.
final class ProvenTime: Sendable {
    private let latest = Atomic<Int64>(SystemClock.earliestPlausible)

    /// Milliseconds since 1970 that are past.
    func raise(to milliseconds: Int64) { latest.max(milliseconds, ordering: .relaxed) }

    /// What a record of this device says of the time, where a time source held the clock when it was made.
    func raise(by time: RecordTime) {
        if time.quality == .synchronised, let utc = time.utc { raise(to: utc.rawValue) }
    }

    /// Milliseconds since 1970 that are proven to be past, whatever the clock shows.
    var floor: Int64 { latest.load(ordering: .relaxed) }

    /// Milliseconds since 1970: no earlier than what is proven, and the clock's own time where that is later.
    var now: Int64 { max(latest.load(ordering: .relaxed), SystemClock.utcMilliseconds()) }
}
