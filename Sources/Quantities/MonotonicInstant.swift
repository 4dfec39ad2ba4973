/// A moment on the monotonic clock: nanoseconds since an origin that no clock step moves (`CLOCK_MONOTONIC`, or virtual
/// time in tests). The only time that decisions are made on.
@frozen
public struct MonotonicInstant: Comparable, Hashable, Sendable, BitwiseCopyable {
    /// Nanoseconds since the clock's origin.
    public let nanoseconds: Int64

    /// The moment this many nanoseconds after the clock's origin.
    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    // Written out, not synthesised, so that it is inlinable into `@_noLocks` code.
    @inlinable public static func == (left: Self, right: Self) -> Bool { left.nanoseconds == right.nanoseconds }

    @inlinable public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The moment this long after.
    @inlinable public static func + (left: Self, right: Nanoseconds) -> Self {
        Self(nanoseconds: left.nanoseconds + right.rawValue)
    }

    /// The moment this long before.
    @inlinable public static func - (left: Self, right: Nanoseconds) -> Self {
        Self(nanoseconds: left.nanoseconds - right.rawValue)
    }

    /// How long `left` is after `right`; negative where it is before.
    @inlinable public static func - (left: Self, right: Self) -> Nanoseconds {
        Nanoseconds(left.nanoseconds - right.nanoseconds)
    }
}
