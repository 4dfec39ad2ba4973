import Quantities
import Synchronization

/// When a thread last came round; written by it, looked at by others. Neither side waits.
final class Heartbeat: Sendable {
    /// In ns; `Int64.max` before the first.
    private let beaten = Atomic<Int64>(.max)

    func beat(at now: MonotonicInstant) { beaten.store(now.nanoseconds, ordering: .relaxed) }

    /// How long it has not come round; nothing before its first beat, or where the two clocks' readings crossed.
    func silence(at now: MonotonicInstant) -> Nanoseconds {
        let last = beaten.load(ordering: .relaxed)
        return last < now.nanoseconds ? Nanoseconds(now.nanoseconds - last) : .zero
    }
}
