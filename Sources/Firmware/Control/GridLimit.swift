import ChargeControl
import Quantities

/// The grid operator's limit: what he last said while it holds, else the configured fail-safe.
struct GridLimit: BitwiseCopyable, Sendable {
    /// As the arbiter takes it.
    private(set) var limit: CurrentLimit
    private let failSafe: Milliamps

    /// Nothing was heard yet.
    init(failSafe: Milliamps) {
        self.failSafe = failSafe
        limit = CurrentLimit(failSafe, because: .missing)
    }

    /// Takes in what the grid operator says now.
    mutating func set(_ current: Milliamps, validity: Nanoseconds, at now: MonotonicInstant) {
        limit = CurrentLimit(current, because: .gridOperator, until: now + validity, failSafe: failSafe)
    }
}
