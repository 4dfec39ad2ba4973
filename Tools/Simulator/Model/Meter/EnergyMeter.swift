public import Quantities

/// The billing meter: its own register, counted from the same power as the true one, and the faults that make the two
/// differ. What the bus shows is latched every `refresh`, so that all registers of a reply belong together.
public struct EnergyMeter: Equatable, Sendable {
    public let model: MeterModel
    /// The serial number that the bus shows.
    public var serial: UInt32
    /// The register, as the meter counts it.
    public private(set) var energy: EnergyCounter
    /// How the meter counts: 1000 ‰ is right.
    public var countingPermille: Int64 = 1_000
    /// The bus shows the values of the moment in which this was set.
    public var isFrozen = false
    /// How often the shown values are renewed.
    public var refresh = Nanoseconds.milliseconds(100)
    /// What happens to replies.
    public var faults = ReplyFaults()
    /// What the bus shows.
    public private(set) var face: MeterFace
    /// The last digits of a live mains never stand still.
    private var lastDigits: SeededNumbers
    private var refreshed = MonotonicInstant(nanoseconds: .min / 2)

    /// A meter whose register stands at this energy.
    public init(model: MeterModel, serial: UInt32, energy: MilliwattHours) {
        self.model = model
        self.serial = serial
        self.energy = EnergyCounter(energy)
        face = MeterFace(energy: energy)
        lastDigits = SeededNumbers(seed: UInt64(serial))
    }

    /// Sets the register, as a reset, a swap, or a meter of another age would.
    public mutating func setRegister(_ energy: MilliwattHours) {
        self.energy = EnergyCounter(energy)
        refreshed = MonotonicInstant(nanoseconds: .min / 2)
    }

    /// Counts a step and latches what the bus shows when it is due.
    mutating func step(
        _ power: Milliwatts, _ currents: ThreePhases<Milliamps>, _ mains: Mains, energyFactor: Int64,
        over duration: Nanoseconds,
        to now: MonotonicInstant
    ) {
        energy.add(power, over: duration, permille: energyFactor * countingPermille)
        guard !isFrozen, now - refreshed >= refresh else { return }
        refreshed = now
        face = MeterFace(
            energy: energy.total, voltages: measured(mains), currents: currents, power: power,
            frequency: mains.isLive ? mains.frequency + Millihertz(Int32(lastDigits.next(in: -5...5))) : .zero)
    }

    /// The voltages within ±0.05 V, as they come and go between two readings.
    private mutating func measured(_ mains: Mains) -> ThreePhases<Millivolts> {
        var voltages = mains.measured
        for place in 0..<3 where mains.isLive(place) {
            voltages[place] = voltages[place] + Millivolts(Int32(lastDigits.next(in: -50...50)))
        }
        return voltages
    }
}
