public import Quantities

/// One accepted reading of a meter: decoded, confirmed by a second read of another shape, and plausible.
@frozen
public struct EnergyReading: Equatable, Sendable, BitwiseCopyable {
    /// Counts this meter's accepted readings from 1.
    public let number: UInt64
    /// Counts the counters seen behind this meter from 1. Readings of two generations are never compared: another meter
    /// answers, or the register was set back.
    public let generation: UInt32
    /// Why the generation began.
    public let origin: CounterOrigin
    /// How often the register wrapped within this generation.
    public let rollovers: UInt32
    /// What those wraps carried: with it `import` never falls within a generation.
    public let carried: MilliwattHours
    /// Where the register wraps to zero; `nil` where that is not known.
    public let modulus: MilliwattHours?
    /// When serial number, model and guards were last found right: not after `at`.
    public let identified: MonotonicInstant
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

    /// `import` and `carried` together fit 64 bits; whoever unrolls a register checks that.
    public init(
        number: UInt64, generation: UInt32, origin: CounterOrigin = .meter, rollovers: UInt32,
        carried: MilliwattHours = .zero, modulus: MilliwattHours? = nil, identified: MonotonicInstant? = nil,
        at: MonotonicInstant, elapsed: Nanoseconds, import: MilliwattHours, export: MilliwattHours?, power: Milliwatts?,
        voltages: PerPhase<Millivolts>, currents: PerPhase<Milliamps>, frequency: Millihertz?,
        evidence: RegisterEvidence, confirmation: RegisterEvidence
    ) {
        self.number = number
        self.generation = generation
        self.origin = origin
        self.rollovers = rollovers
        self.carried = carried
        self.modulus = modulus
        self.identified = identified ?? at
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

    /// The register as if it had never wrapped in this generation.
    public var total: MilliwattHours { `import` + carried }
}
