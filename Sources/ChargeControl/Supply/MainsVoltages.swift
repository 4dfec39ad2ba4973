public import Quantities

/// The mains as it is measured now: each phase to neutral, and the frequency. `nil` where one is not measured, or too old
/// to be believed.
public struct MainsVoltages: Sendable, BitwiseCopyable, Equatable {
    /// L1.
    public var first: Millivolts?
    /// L2.
    public var second: Millivolts?
    /// L3.
    public var third: Millivolts?
    /// The mains frequency.
    public var frequency: Millihertz?

    /// Measured voltages.
    @_noLocks
    public init(first: Millivolts?, second: Millivolts?, third: Millivolts?, frequency: Millihertz?) {
        self.first = first
        self.second = second
        self.third = third
        self.frequency = frequency
    }

    /// Nothing is measured.
    public static var unknown: Self { @_noLocks get { Self(first: nil, second: nil, third: nil, frequency: nil) } }

    @_noLocks
    public static func == (left: Self, right: Self) -> Bool {
        left.first == right.first && left.second == right.second && left.third == right.third
            && left.frequency == right.frequency
    }

    /// Whether every phase that counts is measured.
    @_noLocks
    func areKnown(phases: UInt8) -> Bool {
        guard first != nil else { return false }
        return phases == 1 || (second != nil && third != nil)
    }

    /// The lowest measured phase of those that count.
    @_noLocks
    func lowest(phases: UInt8) -> Millivolts? {
        var lowest = first
        if phases > 1 {
            if let second { lowest = min(lowest ?? second, second) }
            if let third { lowest = min(lowest ?? third, third) }
        }
        return lowest
    }

    /// The highest measured phase of those that count.
    @_noLocks
    func highest(phases: UInt8) -> Millivolts? {
        var highest = first
        if phases > 1 {
            if let second { highest = max(highest ?? second, second) }
            if let third { highest = max(highest ?? third, third) }
        }
        return highest
    }
}
