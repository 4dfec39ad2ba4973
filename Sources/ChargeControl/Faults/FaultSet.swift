/// Faults that stand together, one bit a row of the table.
///
/// A small set type of its own: the library's `OptionSet` algebra is not free of locks for the compiler in a build by
/// single files.
public struct FaultSet: Sendable, BitwiseCopyable, Equatable {
    /// Bit n is row n of the table.
    public private(set) var bits: UInt64

    /// No fault.
    @_noLocks
    public init() { bits = 0 }

    /// The rows with these bits.
    @_noLocks
    public init(bits: UInt64) { self.bits = bits }

    /// Adds row `position`.
    @_noLocks
    mutating func insert(row position: Int) { bits |= 1 << UInt64(position) }

    /// Whether row `position` is in it.
    @_noLocks
    public func contains(row position: Int) -> Bool { bits & (1 << UInt64(position)) != 0 }

    /// Whether this fault is in it.
    @_noLocks
    func holds(_ code: FaultCode) -> Bool { contains(row: Int(unsafeBitCast(code, to: UInt8.self))) }

    @_noLocks
    public static func == (left: Self, right: Self) -> Bool { left.bits == right.bits }
}

#if !hasFeature(Embedded)
    extension FaultSet {
        /// The faults in it, the one that is shown first before the others of its effect.
        public var codes: [FaultCode] {
            FaultCode.allCases.enumerated().filter { contains(row: $0.offset) }.map(\.element)
        }

        /// Whether this fault is in it.
        public func contains(_ code: FaultCode) -> Bool { codes.contains(code) }
    }
#endif
