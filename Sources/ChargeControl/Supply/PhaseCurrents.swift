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

    /// L2 and L3 alone.
    @_noLocks
    func withoutFirst() -> PhaseCurrents { PhaseCurrents(first: nil, second: second, third: third) }

    /// Whether every phase that the charger has is measured.
    @_noLocks
    func areKnown(phases: UInt8) -> Bool {
        guard first != nil else { return false }
        return phases == 1 || (second != nil && third != nil)
    }

    /// The greatest measured current, whichever way it flows, or `nil` where none is measured.
    @_noLocks
    func greatest() -> Milliamps? {
        var greatest: Milliamps?
        if let first { greatest = Self.magnitude(first) }
        if let second { greatest = max(greatest ?? .zero, Self.magnitude(second)) }
        if let third { greatest = max(greatest ?? .zero, Self.magnitude(third)) }
        return greatest
    }

    @_noLocks
    private static func magnitude(_ current: Milliamps) -> Milliamps {
        if current.rawValue == Int32.min { return Milliamps(Int32.max) }
        return current < .zero ? .zero - current : current
    }

    /// The measured currents of all phases together.
    @_noLocks
    func total() -> Milliamps {
        var sum = Int64(Self.magnitude(first ?? .zero).rawValue)
        sum += Int64(Self.magnitude(second ?? .zero).rawValue) + Int64(Self.magnitude(third ?? .zero).rawValue)
        return Milliamps(Int32(truncatingIfNeeded: min(sum, Int64(Int32.max))))
    }

    /// Whether a measured phase carries more than this, either way: a transformer may be mounted the wrong way round.
    @_noLocks
    func isAnyAbove(_ limit: Milliamps) -> Bool {
        guard let greatest = greatest() else { return false }
        return greatest > limit
    }

    @_noLocks
    private static func isBelow(_ current: Milliamps?, _ limit: Milliamps) -> Bool {
        guard let current else { return false }
        return current < limit && current > Milliamps(0) - limit
    }
}
