public import Quantities

/// One accepted reading of a meter: decoded, confirmed by a second read of another shape, and plausible.
@frozen
public struct EnergyReading: Equatable, Sendable, BitwiseCopyable {
    /// Counts this meter's accepted readings from 1.
    public let number: UInt64
    /// Counts the identities seen on this meter from 1. Readings of two generations come from two meters and are never
    /// compared.
    public let generation: UInt32
    /// How often the register wrapped within this generation.
    public let rollovers: UInt32
    /// When the reply with the energy was complete.
    public let at: MonotonicInstant
    /// From the request for the energy to its complete reply; the value is at most this old at `at`.
    public let elapsed: Nanoseconds
    /// The billing register: energy towards the car, since the meter was made.
    public let `import`: MilliwattHours
    /// Energy back to the mains.
    public let export: MilliwattHours?
    /// Active power of all phases, as the meter reports it.
    public let power: Milliwatts?
    public let voltages: PerPhase<Millivolts>
    public let currents: PerPhase<Milliamps>
    public let frequency: Millihertz?
    /// The request and the words that `import` was decoded from.
    public let evidence: RegisterEvidence
    /// The second read of the same register, within a request of another shape, that agreed with it.
    public let confirmation: RegisterEvidence

    public init(
        number: UInt64, generation: UInt32, rollovers: UInt32, at: MonotonicInstant, elapsed: Nanoseconds,
        import: MilliwattHours, export: MilliwattHours?, power: Milliwatts?, voltages: PerPhase<Millivolts>,
        currents: PerPhase<Milliamps>, frequency: Millihertz?, evidence: RegisterEvidence,
        confirmation: RegisterEvidence
    ) {
        self.number = number
        self.generation = generation
        self.rollovers = rollovers
        self.at = at
        self.elapsed = elapsed
        self.import = `import`
        self.export = export
        self.power = power
        self.voltages = voltages
        self.currents = currents
        self.frequency = frequency
        self.evidence = evidence
        self.confirmation = confirmation
    }
}
