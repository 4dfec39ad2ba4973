internal import Glibc

/// The clock of deadlines.
public enum Monotonic {
    /// Nanoseconds of the monotonic clock.
    public static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
