public import Quantities

/// Waiting times that double from a base up to a cap, each drawn from its upper half, so that many devices that lost
/// the same node do not return in step.
///
/// Deterministic: the same seed gives the same waits.
public struct BackOff: Sendable, Equatable {
    /// The first wait is drawn from the upper half of this.
    public let base: Nanoseconds
    /// No wait is longer.
    public let cap: Nanoseconds
    /// Failures since the last success.
    public private(set) var failures: UInt32 = 0
    private var randomState: UInt64

    /// A back-off with its bounds. `base` is above zero and not above `cap`, which is at most an hour.
    public init(base: Nanoseconds, cap: Nanoseconds, seed: UInt64) {
        invariant(base > .zero, "a back-off begins above zero")
        invariant(base <= cap, "a back-off's base is not above its cap")
        invariant(cap <= .seconds(3_600), "a back-off waits at most an hour")
        self.base = base
        self.cap = cap
        randomState = seed
    }

    /// Notes a failure and gives the wait before the next try.
    public mutating func failed() -> Nanoseconds {
        var full = base.rawValue
        var doublings = min(failures, 62)
        while doublings > 0, full < cap.rawValue {
            full = full > cap.rawValue / 2 ? cap.rawValue : full * 2
            doublings -= 1
        }
        if failures < .max { failures += 1 }
        let half = full / 2
        let spread = UInt64(full - half) + 1
        return Nanoseconds(half + Int64(nextRandom() % spread))
    }

    /// Notes a success: the next failure begins at the base again.
    public mutating func succeeded() {
        failures = 0
    }

    /// SplitMix64 (Steele, Lea, Flood 2014): enough to spread waits; nothing secret rests on it.
    private mutating func nextRandom() -> UInt64 {
        randomState &+= 0x9e37_79b9_7f4a_7c15
        var mixed = randomState
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
