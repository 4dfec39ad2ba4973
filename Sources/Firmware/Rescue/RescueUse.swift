internal import Quantities
internal import Synchronization

/// Whether the rescue shell is of use to somebody. Where it is not, it ends, and the launcher looks again: a disk that did not answer
/// may answer then, and a charger that could start must not wait for a technician. Nobody who is not logged in is somebody.
final class RescueUse: Sendable {
    /// So long after the last thing that somebody did; longer than an idle login lasts.
    static let patience = Nanoseconds.seconds(900)

    /// What asked for the end is told that it is done before the end comes.
    static let farewell = Nanoseconds.seconds(1)

    private struct State {
        var lastUsed: MonotonicInstant
        var endsAt: MonotonicInstant?
    }

    private let state: Mutex<State>

    init(at now: MonotonicInstant = SystemClock.now()) { state = Mutex(State(lastUsed: now)) }

    /// Somebody does something.
    func note(at now: MonotonicInstant = SystemClock.now()) { state.withLock { $0.lastUsed = now } }

    /// Somebody wants the launcher to look again.
    func end(at now: MonotonicInstant = SystemClock.now()) { state.withLock { $0.endsAt = now + Self.farewell } }

    func isOver(at now: MonotonicInstant = SystemClock.now()) -> Bool {
        state.withLock { state in
            if let endsAt = state.endsAt { return now >= endsAt }
            return now - state.lastUsed >= Self.patience
        }
    }
}
