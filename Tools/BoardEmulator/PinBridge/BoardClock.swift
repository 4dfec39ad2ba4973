import Quantities

/// The board's monotonic clock on this process's: by the answer that took the shortest time, of the last forty.
struct BoardClock: Equatable {
    /// The clocks of a host and its emulated board drift apart, so old answers are forgotten.
    static let memory = 40

    private var differences: [Int64] = []

    /// Notes that the board told its time, which arrived at this moment of ours.
    mutating func note(board: MonotonicInstant, arrived: MonotonicInstant) {
        if differences.count == Self.memory { differences.removeFirst() }
        differences.append(arrived.nanoseconds - board.nanoseconds)
    }

    /// Our moment of a moment of the board's; the same number before the first answer, when nothing was driven yet.
    func own(_ board: MonotonicInstant) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: board.nanoseconds + (differences.min() ?? 0))
    }
}
