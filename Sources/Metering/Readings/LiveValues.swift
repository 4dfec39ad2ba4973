public import Quantities

/// What a meter says of this moment, whatever is thought of its energy: protection rests on it, and protection must not go
/// blind because a register is in doubt.
@frozen
public struct LiveValues: Equatable, Sendable, BitwiseCopyable {
    /// When the reading's first reply was complete.
    public let at: MonotonicInstant
    /// Active power of all phases, as the meter reports it.
    public let power: Milliwatts?
    public let voltages: PerPhase<Millivolts>
    public let currents: PerPhase<Milliamps>
    public let frequency: Millihertz?

    public init(
        at: MonotonicInstant, power: Milliwatts?, voltages: PerPhase<Millivolts>, currents: PerPhase<Milliamps>,
        frequency: Millihertz?
    ) {
        self.at = at
        self.power = power
        self.voltages = voltages
        self.currents = currents
        self.frequency = frequency
    }
}

extension EnergyReading {
    /// The part of it that is of this moment.
    public var live: LiveValues {
        LiveValues(at: at, power: power, voltages: voltages, currents: currents, frequency: frequency)
    }
}
