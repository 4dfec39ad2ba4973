public import Quantities

/// The supply in front of the contactor: three phases to neutral.
public struct Mains: Equatable, Sendable {
    /// The voltage of each phase.
    public var voltage = [Millivolts](repeating: Millivolts(230_000), count: 3)
    /// The frequency.
    public var frequency = Millihertz(50_000)
    /// Whether there is any supply. Without it the coil drops.
    public var isLive = true

    /// 230 V and 50 Hz.
    public init() {}
}
