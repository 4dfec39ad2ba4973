import SignedRecords

/// What the machine's clocks show at one moment, and what the kernel says of them.
struct ClockReading: Equatable, Sendable {
    /// Milliseconds since 1970 on `CLOCK_REALTIME`.
    var utc: Int64
    /// Milliseconds since boot on `CLOCK_BOOTTIME`, which goes on while the machine is suspended.
    ///
    /// The kernel slews both clocks alike, so only a step moves one against the other.
    var sinceBoot: Int64
    var kernel: KernelClock

    /// A clock that was never set stands before `SystemClock.earliestPlausible`; one that no record can name counts as not
    /// set.
    var isSet: Bool { utc >= SystemClock.earliestPlausible && utc <= UTCMilliseconds.latest.rawValue }

    /// Wall time less time since boot, in milliseconds; nil where the clock is not set.
    var offset: Int64? { isSet ? utc - sinceBoot : nil }

    /// The clocks of this machine, now.
    static func now() -> ClockReading {
        // Read before the clocks: it takes longest, and ages no value.
        let kernel = SystemClock.kernelClock()
        return ClockReading(utc: SystemClock.utcMilliseconds(), sinceBoot: SystemClock.sinceBoot(), kernel: kernel)
    }
}

/// What the kernel knows of its clock.
enum KernelClock: Equatable, Sendable {
    /// Nobody disciplines it, or nothing can be known of it.
    case free
    /// A time source disciplines it and vouches for this error at most, in microseconds.
    case disciplined(maximumError: Int64)

    /// A synchronised clock is off by no more than this, in microseconds, by its source's word.
    static let greatestError: Int64 = 2_000_000

    /// A time source disciplines the clock and vouches for its time within the bound.
    var isSynchronised: Bool {
        guard case .disciplined(let error) = self else { return false }
        return error <= Self.greatestError
    }
}
