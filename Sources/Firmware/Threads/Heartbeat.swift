import Quantities
import Synchronization

/// When a thread last came round; written by it, or by one thread at a time of several, watched by another. Neither side waits.
final class Heartbeat: Sendable {
    /// In ns; `Int64.min` before the first.
    private let beaten = Atomic<Int64>(.min)

    func beat(at now: MonotonicInstant) { beaten.store(now.nanoseconds, ordering: .relaxed) }

    /// The newest; nil before the first.
    var last: MonotonicInstant? {
        let last = beaten.load(ordering: .relaxed)
        return last == .min ? nil : MonotonicInstant(nanoseconds: last)
    }

    /// Whoever watches begins here: a thread that never comes round is silent from now on.
    func watch(from now: MonotonicInstant) {
        _ = beaten.compareExchange(expected: .min, desired: now.nanoseconds, ordering: .relaxed)
    }

    /// How long it has not come round; nothing where a beat is newer than `now`, for ever where there was none and nobody
    /// began to watch.
    func silence(at now: MonotonicInstant) -> Nanoseconds {
        let last = beaten.load(ordering: .relaxed)
        guard last != .min else { return Nanoseconds(.max) }
        return max(.zero, now - MonotonicInstant(nanoseconds: last))
    }
}
