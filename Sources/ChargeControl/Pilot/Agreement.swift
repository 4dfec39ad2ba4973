import Quantities

/// Counts observations in a row that agree, and from the first of them the time.
///
/// Periods that the loop missed are never made up: only what was observed counts.
struct Agreement: Sendable, BitwiseCopyable {
    private(set) var count: Int32
    private(set) var first: MonotonicInstant

    @_noLocks
    init() {
        count = 0
        first = MonotonicInstant(nanoseconds: 0)
    }

    /// One more observation that agrees.
    @_noLocks
    mutating func agree(at now: MonotonicInstant) {
        if count == 0 { first = now }
        if count < Int32.max { count += 1 }
    }

    /// An observation to the contrary: all begins anew.
    @_noLocks
    mutating func disagree() { count = 0 }

    /// Whether so many observations agreed, the first of them so long ago.
    @_noLocks
    func holds(samples: Int32, span: Nanoseconds, at now: MonotonicInstant) -> Bool {
        count >= samples && now - first >= span
    }
}
