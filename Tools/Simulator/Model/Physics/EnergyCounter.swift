public import Quantities

/// Adds power over time to whole milliwatt-hours and keeps the rest exactly, so that no sequence of steps loses energy.
public struct EnergyCounter: Equatable, Sendable {
    /// The energy so far.
    public private(set) var total: MilliwattHours
    /// What does not make a whole milliwatt-hour yet, in mW·ns·‰.
    private var rest: Int128 = 0

    /// One milliwatt-hour in mW·ns·‰.
    private static let unit: Int128 = 3_600_000_000_000 * 1_000

    /// Starts at this total.
    public init(_ total: MilliwattHours) { self.total = total }

    /// Adds a power over a duration, counted `permille` / 1000 times.
    public mutating func add(_ power: Milliwatts, over duration: Nanoseconds, permille: Int64) {
        if power == .zero { return }
        rest += Int128(power.rawValue) * Int128(duration.rawValue) * Int128(permille)
        // Most steps of a millisecond make less than one.
        if rest >= 0, rest < Self.unit { return }
        let whole = rest / Self.unit
        rest -= whole * Self.unit
        total += MilliwattHours(Int64(whole))
    }
}
