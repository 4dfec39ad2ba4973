public import Quantities

/// What the installation can carry, and how much faster than life its meter counts.
public struct PlausibilityLimits: Equatable, Sendable {
    /// The most power that can flow through the meter.
    public let maximumPower: Milliwatts
    /// 1, except on a simulated board: the meter counts so many times as fast, and so every bound made from power and time
    /// is multiplied by it. Steps of the register are not.
    public let energyFactor: UInt32

    /// What `maximumPower` can be, in mW: up to 1 GW.
    public static let powers: ClosedRange<Int64> = 1...1_000_000_000_000
    /// What `energyFactor` can be.
    public static let factors: ClosedRange<UInt32> = 1...1_000_000

    /// Both must lie in their ranges; whoever reads them from a file checks that.
    public init(maximumPower: Milliwatts, energyFactor: UInt32 = 1) {
        invariant(Self.powers.contains(maximumPower.rawValue), "the most power of an installation is 1 mW to 1 GW")
        invariant(Self.factors.contains(energyFactor), "the energy factor is 1 to 1 000 000")
        self.maximumPower = maximumPower
        self.energyFactor = energyFactor
    }
}
