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
    /// Words that never stand still on a live mains have stood still for so long, the last minute at least with the contactor
    /// closed.
    case frozen(for: Nanoseconds)
    /// More active power than the reported voltages and currents make.
    case powerAboveCurrent(Milliwatts, atMost: Milliwatts)
    /// Far less active power than a car takes at the reported voltages and currents.
    case powerBelowCurrent(Milliwatts, atLeast: Milliwatts)
    /// Power where the contactor lets none through.
    case powerThroughOpenContactor(Milliwatts)
    /// More power than the pilot has promised by any measure.
    case powerAbovePromise(Milliwatts, atMost: Milliwatts)
    /// The register moves in steps in which no kWh can be counted.
    case tooCoarse(step: MilliwattHours, atMost: MilliwattHours)
    /// The power of ten that comes with the register is another than before, and with it what its number means.
    case scaleChanged(from: Int16, to: Int16)
    /// A reading that is not younger than the last one.
    case notLater(than: MonotonicInstant)

    /// The register does not go on where it was: another meter may answer, or a new base help.
    public var isAboutRegister: Bool {
        switch self {
        case .fell, .jumped, .ranAhead, .lagged, .scaleChanged: true
        default: false
        }
    }

    /// The register fell.
    var isFall: Bool { if case .fell = self { true } else { false } }

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
        case .frozen(let time):
            "the meter has repeated itself bit for bit for \(time.wholeMilliseconds) ms"
        case .powerAboveCurrent(let power, let most):
            "\(power.rawValue) mW; voltages and currents make at most \(most.rawValue) mW"
        case .powerBelowCurrent(let power, let least):
            "\(power.rawValue) mW; at these voltages and currents a car takes at least \(least.rawValue) mW"
        case .powerThroughOpenContactor(let power): "\(power.rawValue) mW flow through an open contactor"
        case .powerAbovePromise(let power, let most):
            "\(power.rawValue) mW; by the pilot's promise at most \(most.rawValue) mW can be true"
        case .tooCoarse(let step, let most):
            "import moves in steps of \(step.rawValue) mWh, at most \(most.rawValue) mWh can be signed from"
        case .scaleChanged(let from, let to): "the scale factor of import changed from \(from) to \(to)"
        case .notLater: "a reading that is not later than the one before"
        }
    }
}
