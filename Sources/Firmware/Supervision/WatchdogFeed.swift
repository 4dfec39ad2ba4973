internal import Quantities

/// When the supervisor's watchdog may be fed: only where what it watches has gone on since it was fed last.
struct WatchdogFeed {
    /// The least time between two feeds: a quarter of the watchdog's.
    let interval: Nanoseconds
    private var fedAt: MonotonicInstant?
    private var fedProgress: UInt64?

    /// - Parameter period: after how long a silence the supervisor acts.
    init(period: Nanoseconds) { interval = Nanoseconds(period.rawValue / 4) }

    /// Whether to feed now; the answer true counts as fed.
    ///
    /// - Parameter progress: any number that changes with each round of what is watched.
    mutating func isDue(progress: UInt64, at now: MonotonicInstant) -> Bool {
        guard progress != fedProgress else { return false }
        if let fedAt, now - fedAt < interval { return false }
        fedAt = now
        fedProgress = progress
        return true
    }
}
