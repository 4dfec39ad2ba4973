import Glibc

/// Waiting that ends: what has not come after 30 s does not come.
enum Patience {
    /// Seconds.
    static let limit = 30
    /// Nanoseconds.
    static let nanoseconds = Int64(limit) * 1_000_000_000

    /// When it ends, in nanoseconds of the monotonic clock.
    static var end: Int64 { Stopwatch.wall.now() + nanoseconds }

    /// Waits until a descriptor has something to read, or its other end is closed.
    static func awaitInput(
        _ descriptor: Int32, until end: Int64 = Patience.end, for what: @autoclosure () -> String
    ) throws {
        while true {
            let left = max(0, end - Stopwatch.wall.now())
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let answer = poll(&entry, 1, Int32(clamping: (left + 999_999) / 1_000_000))
            if answer > 0 { return }
            guard left > 0, answer == 0 || errno == EINTR else { throw BenchmarkFailed("waited in vain for \(what())") }
        }
    }

    /// Waits until it is so, with a look each 20 ms.
    static func wait(
        until end: Int64 = Patience.end, for what: @autoclosure () -> String, _ isSo: () -> Bool
    ) throws {
        while !isSo() {
            guard Stopwatch.wall.now() < end else { throw BenchmarkFailed("waited in vain for \(what())") }
            usleep(20_000)
        }
    }
}
