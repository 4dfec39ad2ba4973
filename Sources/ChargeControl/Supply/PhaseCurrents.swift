public import Quantities

/// The current in each phase.
public struct PhaseCurrents: Sendable, BitwiseCopyable, Equatable {
    /// L1.
    public var first: Milliamps?
    /// L2.
    public var second: Milliamps?
    /// L3.
    public var third: Milliamps?

    /// Three currents, `nil` where one is not measured.
    @_noLocks
    public init(first: Milliamps?, second: Milliamps?, third: Milliamps?) {
        self.first = first
        self.second = second
        self.third = third
    }

    /// Whether every phase that the charger has is measured and carries less than this either way.
    @_noLocks
    func areAllBelow(_ limit: Milliamps, phases: UInt8) -> Bool {
        guard Self.isBelow(first, limit) else { return false }
        if phases == 1 { return true }
        return Self.isBelow(second, limit) && Self.isBelow(third, limit)
    }

    /// The greatest measured current, or `nil` where none is measured.
    @_noLocks
    func greatest() -> Milliamps? {
        var greatest = first
        if let second { greatest = max(greatest ?? second, second) }
        if let third { greatest = max(greatest ?? third, third) }
        return greatest
    }

    /// The measured currents of all phases together.
    @_noLocks
    func total() -> Milliamps {
        let parts = (first ?? .zero, second ?? .zero, third ?? .zero)
        let sum = Int64(parts.0.rawValue) + Int64(parts.1.rawValue) + Int64(parts.2.rawValue)
        return Milliamps(Int32(truncatingIfNeeded: max(min(sum, Int64(Int32.max)), Int64(Int32.min))))
    }

    /// Whether a measured phase carries more than this.
    @_noLocks
    func isAnyAbove(_ limit: Milliamps) -> Bool {
        if let first, first > limit { return true }
        if let second, second > limit { return true }
        if let third, third > limit { return true }
        return false
    }

    @_noLocks
    private static func isBelow(_ current: Milliamps?, _ limit: Milliamps) -> Bool {
        guard let current else { return false }
        return current < limit && current > Milliamps(0) - limit
    }
}
