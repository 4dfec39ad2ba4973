/// A duration in nanoseconds, up to 292 years either way.
@frozen
public struct Nanoseconds: Quantity {
    public let rawValue: Int64

    @inlinable public init(_ rawValue: Int64) { self.rawValue = rawValue }

    /// A duration of whole microseconds.
    @inlinable public static func microseconds(_ count: Int64) -> Self { Self(count * 1_000) }

    /// A duration of whole milliseconds.
    @inlinable public static func milliseconds(_ count: Int64) -> Self { Self(count * 1_000_000) }

    /// A duration of whole seconds.
    @inlinable public static func seconds(_ count: Int64) -> Self { Self(count * 1_000_000_000) }

    /// The whole microseconds in it, rounded towards zero.
    @inlinable public var wholeMicroseconds: Int64 { rawValue / 1_000 }

    /// The whole milliseconds in it, rounded towards zero.
    @inlinable public var wholeMilliseconds: Int64 { rawValue / 1_000_000 }
}
