import Glibc

/// What time is taken with.
enum Stopwatch: String {
    /// Time that this thread computed: what a machine shared with others can still tell.
    case processor = "cpu"
    /// Time that passed: what waiting for a disk costs.
    case wall
    /// Time that all threads of this process computed.
    case process = "cpu of all threads"

    /// Nanoseconds since some origin.
    func now() -> Int64 {
        let clock =
            switch self {
            case .processor: CLOCK_THREAD_CPUTIME_ID
            case .wall: CLOCK_MONOTONIC
            case .process: CLOCK_PROCESS_CPUTIME_ID
            }
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Keeps the compiler from leaving out work whose result nobody reads.
@inline(never)
func consume<Value>(_ value: borrowing Value) {
    withExtendedLifetime(value) {}
}
