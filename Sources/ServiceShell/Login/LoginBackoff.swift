import Quantities

/// How long a port is closed to logins after failed ones: 1, 2, 4 … 256, 300 s. It never closes for good: a certificate opens it
/// again when the time is over.
struct LoginBackoff: Equatable, Sendable {
    private(set) var failures: UInt8
    private var closedUntil: MonotonicInstant?

    /// After a start: the last wait begins anew, since nobody knows how long the device was off.
    init(failures: UInt8, at now: MonotonicInstant) {
        self.failures = failures
        closedUntil = failures == 0 ? nil : now + Self.wait(after: failures)
    }

    /// How long is still to wait; nil where a login may be tried.
    func rest(at now: MonotonicInstant) -> Nanoseconds? {
        guard let closedUntil, now < closedUntil else { return nil }
        return closedUntil - now
    }

    mutating func failed(at now: MonotonicInstant) {
        if failures < .max { failures += 1 }
        closedUntil = now + Self.wait(after: failures)
    }

    /// An attempt could not be counted durably and was not judged: the port is closed for as long as behind a failed one, and as
    /// often as that comes, no longer.
    mutating func couldNotCount(at now: MonotonicInstant) {
        closedUntil = now + Self.wait(after: failures < .max ? failures + 1 : failures)
    }

    mutating func succeeded() {
        failures = 0
        closedUntil = nil
    }

    static func wait(after failures: UInt8) -> Nanoseconds {
        .seconds(failures == 0 ? 0 : failures > 9 ? 300 : min(300, 1 << Int64(failures - 1)))
    }
}
