import Quantities

/// What the pilot promises to the car, and what it promised lately.
///
/// Increases are at least 5 s apart; decreases are at once (Annex A, sequences 5 and 6). A car has 5 s to
/// follow a decrease, so over-current is judged by the highest promise of the last 5 s (docs/control-core.md, "Over-current").
struct CurrentPromise: Sendable, BitwiseCopyable {
    /// What is offered now; zero at x1.
    private(set) var offered: Milliamps
    /// The highest offer of the last 5 s.
    private(set) var highest: Milliamps
    private var changedAt: MonotonicInstant
    private var loweredAt: MonotonicInstant?
    /// The highest offer after the first lowering of the window, and when it was last lowered.
    private var laterHighest: Milliamps
    private var laterAt: MonotonicInstant?

    static var spacing: Nanoseconds { @_noLocks get { .seconds(5) } }

    @_noLocks
    init() {
        offered = .zero
        highest = .zero
        changedAt = MonotonicInstant(nanoseconds: 0)
        loweredAt = nil
        laterHighest = .zero
        laterAt = nil
    }

    /// Follows what the arbiter allows while PWM runs.
    @_noLocks
    mutating func offer(_ allowed: Milliamps, at now: MonotonicInstant) {
        if offered == .zero {
            offered = allowed
            changedAt = now
        } else if allowed < offered {
            noteLowering(at: now)
            offered = allowed
            changedAt = now
        } else if allowed > offered, now - changedAt >= Self.spacing {
            offered = allowed
            changedAt = now
        }
        updateHighest(at: now)
    }

    @_noLocks
    private mutating func noteLowering(at now: MonotonicInstant) {
        if loweredAt == nil {
            highest = offered
            loweredAt = now
            return
        }
        if laterAt == nil { laterHighest = offered }
        laterAt = now
    }

    /// A window ends 5 s after the lowering that opened it; a lowering inside it opens the next. So a promise is forgotten
    /// at most 10 s after it was given up, however often it is lowered after that.
    @_noLocks
    private mutating func updateHighest(at now: MonotonicInstant) {
        if let loweredAt, now - loweredAt >= Self.spacing {
            highest = laterAt == nil ? offered : laterHighest
            self.loweredAt = laterAt
            laterAt = nil
        }
        highest = loweredAt == nil ? offered : max(highest, offered)
    }

    /// x1: nothing is offered.
    @_noLocks
    mutating func withdraw() {
        offered = .zero
        highest = .zero
        loweredAt = nil
        laterAt = nil
    }
}
