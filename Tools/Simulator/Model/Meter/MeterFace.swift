public import Quantities

/// The values that a meter shows on its bus at one moment.
public struct MeterFace: Equatable, Sendable {
    /// Energy towards the car.
    public var energy: MilliwattHours
    /// Phase to neutral.
    public var voltages: ThreePhases<Millivolts>
    public var currents: ThreePhases<Milliamps>
    public var power: Milliwatts
    public var frequency: Millihertz
    /// The energy register shows the pattern for "not available".
    public var isEnergyMissing = false

    /// A face; without more than the energy, one of an idle meter.
    public init(
        energy: MilliwattHours, voltages: ThreePhases<Millivolts> = ThreePhases(all: .zero),
        currents: ThreePhases<Milliamps> = ThreePhases(all: .zero), power: Milliwatts = .zero,
        frequency: Millihertz = .zero
    ) {
        self.energy = energy
        self.voltages = voltages
        self.currents = currents
        self.power = power
        self.frequency = frequency
    }
}
