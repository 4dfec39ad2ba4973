import LightClient
import Quantities

// More than two thirds of the validators signed a header's time, so that moment has passed, whatever our clock says; and so
// has what went by since then on the monotonic clock. A wall clock behind that is wrong (docs/decisions/0018).

/// The latest moment that is proved to have passed.
struct PassedTime: Equatable, Sendable {
    private let header: Timestamp
    private let since: MonotonicInstant

    /// A header of this time is trusted at `now`.
    init(header: Timestamp, now: MonotonicInstant) {
        self.header = header
        since = now
    }

    /// The moment that has passed at `now`.
    func bound(at now: MonotonicInstant) -> Timestamp {
        let elapsed = max(0, (now - since).rawValue)
        return header.advanced(byNanoseconds: elapsed) ?? header
    }
}
