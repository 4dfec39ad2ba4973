public import Quantities

/// Why an energy cannot be true.
public enum Implausibility: Equatable, Sendable, CustomStringConvertible {
    /// The register went down, and not because it wrapped: it was reset, or this is another meter.
    case fell(from: MilliwattHours, to: MilliwattHours)
    /// More energy than the installation can carry in the time.
    case jumped(by: MilliwattHours, atMost: MilliwattHours, over: Nanoseconds)
    /// More energy over the window than the reported power makes.
    case ranAhead(by: MilliwattHours, atMost: MilliwattHours, over: Nanoseconds)
    /// Less energy over the window than the reported power makes.
    case lagged(by: MilliwattHours, atLeast: MilliwattHours, over: Nanoseconds)
    /// A reading that is not younger than the last one.
    case notLater(than: MonotonicInstant)

    public var description: String {
        switch self {
        case .fell(let from, let to): "import fell from \(from.rawValue) to \(to.rawValue) mWh"
        case .jumped(let by, let most, let time):
            "import rose by \(by.rawValue) mWh within \(time.wholeMilliseconds) ms, at most \(most.rawValue) mWh can be true"
        case .ranAhead(let by, let most, let time):
            "import rose by \(by.rawValue) mWh within \(time.wholeMilliseconds) ms, "
                + "the reported power makes at most \(most.rawValue) mWh"
        case .lagged(let by, let least, let time):
            "import rose by \(by.rawValue) mWh within \(time.wholeMilliseconds) ms, "
                + "the reported power makes at least \(least.rawValue) mWh"
        case .notLater: "a reading that is not later than the one before"
        }
    }
}
