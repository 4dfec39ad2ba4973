import Quantities

/// Keeps the shell silent on a line that is mostly noise: the other end speaks at another speed, and every answer would be
/// noise to it.
struct NoiseGate: Sendable {
    /// So many bytes in error within a second make a line noise; a second without one makes it a line again.
    static let limit = 8
    private static let window = Nanoseconds.seconds(1)

    private var errors: [MonotonicInstant] = []
    private var isClosed = false

    /// A byte came in error.
    mutating func note(errorAt now: MonotonicInstant) {
        errors.removeAll { now - $0 >= Self.window }
        errors.append(now)
        // More of them say no more.
        if errors.count > Self.limit { errors.removeFirst() }
        if errors.count >= Self.limit { isClosed = true }
    }

    /// Whether nothing is to be said now.
    mutating func isSilent(at now: MonotonicInstant) -> Bool {
        if isClosed, let last = errors.last, now - last >= Self.window {
            isClosed = false
            errors = []
        }
        return isClosed
    }
}
