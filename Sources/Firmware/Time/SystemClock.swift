import CLinux
import Glibc
import Quantities

/// The clocks of this machine. Everything that decides takes a `MonotonicInstant`; UTC is data inside records.
enum SystemClock {
    /// Now on `CLOCK_MONOTONIC`.
    static func now() -> MonotonicInstant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Now on `CLOCK_REALTIME`, in milliseconds since 1970.
    static func utcMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// A clock that was never set stands before this moment (2026-01-01T00:00:00Z).
    static let earliestPlausible: Int64 = 1_767_225_600_000

    /// Now on `CLOCK_REALTIME`, in whole seconds since 1970; nil where the clock was never set.
    static func plausibleUTC() -> Int64? {
        let utc = utcMilliseconds()
        return utc >= earliestPlausible ? utc / 1_000 : nil
    }

    /// Sets `CLOCK_REALTIME`.
    static func set(utcMilliseconds: Int64) throws(FirmwareError) {
        var time = timespec(
            tv_sec: Int(utcMilliseconds / 1_000), tv_nsec: Int(utcMilliseconds % 1_000 * 1_000_000))
        guard clock_settime(CLOCK_REALTIME, &time) == 0 else {
            throw .system(call: "clock_settime", errno: errno)
        }
    }

    /// Sleeps until that moment, whatever signals come in between.
    static func sleep(until moment: MonotonicInstant) {
        var time = timespec()
        time.tv_sec = Int(moment.nanoseconds / 1_000_000_000)
        time.tv_nsec = Int(moment.nanoseconds % 1_000_000_000)
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }

    /// Milliseconds since boot on `CLOCK_BOOTTIME`: time in suspension counts.
    static func sinceBoot() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// What the kernel knows of its clock; what cannot be known counts as nothing.
    static func kernelClock() -> KernelClock {
        var state = clinux_clock_state()
        guard clinux_read_clock_state(&state) == 0, state.is_synchronised else { return .free }
        return .disciplined(maximumError: state.maximum_error_us)
    }
}
