public import Quantities

/// The supply in front of the contactor: three phases to neutral.
public struct Mains: Equatable, Sendable {
    /// The voltage of each phase.
    public var voltage = ThreePhases(all: Millivolts(230_000))
    /// The frequency.
    public var frequency = Millihertz(50_000)
    /// Whether there is any supply. Without it the coil drops.
    public var isLive = true

    /// Below this a phase counts as dead: the load-side senses need it, and the coils, which L1 feeds, drop.
    public static let deadBelow = Millivolts(46_000)

    /// 230 V and 50 Hz.
    public init() {}

    /// Whether the phase at this place is live.
    public func isLive(_ place: Int) -> Bool { isLive && voltage[place] >= Self.deadBelow }

    /// What a meter in front of the contactor measures.
    public var measured: ThreePhases<Millivolts> { isLive ? voltage : ThreePhases(all: .zero) }
}
