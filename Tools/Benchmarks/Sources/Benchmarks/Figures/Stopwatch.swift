import Glibc

/// What time is taken with.
enum Stopwatch: String {
    /// Time that this thread computed: what a machine shared with others can still tell.
    case processor = "cpu"
    /// Time that passed: what waiting for a disk costs.
    case wall

    /// Nanoseconds since some origin.
    func now() -> Int64 {
        var time = timespec()
        clock_gettime(self == .processor ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Keeps the compiler from leaving out work whose result nobody reads.
@inline(never)
func consume<Value>(_ value: borrowing Value) {
    withExtendedLifetime(value) {}
}
