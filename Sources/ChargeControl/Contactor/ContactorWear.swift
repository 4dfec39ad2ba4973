public import Quantities

/// The contactor's life: what it has switched since it was new, and how much of its rating that was.
///
/// A record of the connector's chain keeps it across power loss; whoever replaces the contactor starts it anew.
public struct ContactorWear: Sendable, BitwiseCopyable, Equatable {
    /// Closings.
    public var operations: UInt32 = 0
    /// Openings with more than 1 A flowing.
    public var openingsUnderLoad: UInt32 = 0
    /// What the arcs of those openings carried: the sum of current squared times the opening time, in A²·ms.
    public var switchedSquareAmpereMilliseconds: UInt64 = 0
    /// From the command to the mirror contact at the newest closing; zero before the first.
    public var closingTime = Nanoseconds.zero
    /// From the command to the mirror contact at the newest opening; zero before the first.
    public var openingTime = Nanoseconds.zero

    /// A new contactor.
    @_noLocks
    public init() {}

    @_noLocks
    public static func == (left: Self, right: Self) -> Bool {
        left.operations == right.operations && left.openingsUnderLoad == right.openingsUnderLoad
            && left.switchedSquareAmpereMilliseconds == right.switchedSquareAmpereMilliseconds
            && left.closingTime == right.closingTime && left.openingTime == right.openingTime
    }

    /// Used life in basis points of the rating: mechanical operations and openings under load together. A contactor that
    /// has become slow is used up whatever its counts say.
    @_noLocks
    public func usedLife(of rating: ContactorRating) -> UInt32 {
        let mechanical = UInt64(operations) * 10_000 / UInt64(max(rating.operations, 1))
        let electrical = UInt64(openingsUnderLoad) * 10_000 / UInt64(max(rating.openingsUnderLoad, 1))
        var used = mechanical + electrical
        if closingTime > rating.slowest || openingTime > rating.slowest { used = max(used, 10_000) }
        return UInt32(truncatingIfNeeded: min(used, UInt64(UInt32.max)))
    }
}

/// What a contactor is built for.
public struct ContactorRating: Sendable, BitwiseCopyable, Equatable {
    /// Operations without current.
    public var operations: UInt32
    /// Openings under load.
    public var openingsUnderLoad: UInt32
    /// Slower than this it is worn.
    public var slowest: Nanoseconds

    /// A rating; the defaults are those of a common AC-7a installation contactor.
    @_noLocks
    public init(
        operations: UInt32 = 1_000_000, openingsUnderLoad: UInt32 = 10_000, slowest: Nanoseconds = .milliseconds(100)
    ) {
        self.operations = operations
        self.openingsUnderLoad = openingsUnderLoad
        self.slowest = slowest
    }

    @_noLocks
    public static func == (left: Self, right: Self) -> Bool {
        left.operations == right.operations && left.openingsUnderLoad == right.openingsUnderLoad
            && left.slowest == right.slowest
    }
}
