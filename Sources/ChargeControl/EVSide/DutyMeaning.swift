public import Quantities

/// What a car reads from a duty cycle (IEC 61851-1 Annex A, the car's table). For the simulated car, and for the core's
/// own tests of what was really promised.
public enum DutyMeaning: Sendable, BitwiseCopyable, Equatable {
    /// Below 3 % or above 97 %: the car may not draw.
    case notAllowed
    /// 3 to 7 %: the car may draw only what digital communication allows.
    case digitalOnly
    /// Between 7 and 8 %: an error; the car may not draw.
    case error
    /// The car may draw this much per phase.
    case current(Milliamps)

    /// Reads a high time in a period of 1 ms. The limits are those of the table: 3, 7, 8, 10, 85, 96 and 97 %.
    @_noLocks
    public init(highTime: Nanoseconds) {
        let nanoseconds = highTime.rawValue
        if nanoseconds < 30_000 {
            self = .notAllowed
        } else if nanoseconds <= 70_000 {
            self = .digitalOnly
        } else if nanoseconds < 80_000 {
            self = .error
        } else if nanoseconds < 100_000 {
            self = .current(Milliamps(6_000))
        } else if nanoseconds <= 850_000 {
            self = .current(Milliamps(Int32(nanoseconds * 3 / 50)))
        } else if nanoseconds <= 960_000 {
            self = .current(Milliamps(Int32((nanoseconds - 640_000) / 4)))
        } else if nanoseconds <= 970_000 {
            self = .current(Milliamps(80_000))
        } else {
            self = .notAllowed
        }
    }

    /// What the car may draw without digital communication; zero where it may not.
    @_noLocks
    public func allowance() -> Milliamps {
        switch self {
        case .current(let current): current
        case .notAllowed, .digitalOnly, .error: .zero
        }
    }
}
