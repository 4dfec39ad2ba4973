/// An integer with a unit.
///
/// Arithmetic within one unit is checked: the operators trap on overflow (a mistake in this program), and the
/// `…IfFits` forms answer `nil` (for numbers that come from outside). Numbers of two units mix only through the named
/// conversions in `Conversions.swift`, each of which says how it rounds.
public protocol Quantity: Comparable, Hashable, Sendable, BitwiseCopyable {
    associatedtype RawValue: FixedWidthInteger & Sendable & BitwiseCopyable

    /// The number in the unit that the type names.
    var rawValue: RawValue { get }

    /// Wraps a number of the unit that the type names.
    init(_ rawValue: RawValue)
}

extension Quantity {
    /// None of it.
    @inlinable public static var zero: Self { Self(0) }

    // Written out, not synthesised: a synthesised `==` is not inlinable, and then no `@_noLocks` code may compare.
    @inlinable public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    @inlinable public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    @inlinable public static func + (left: Self, right: Self) -> Self { Self(left.rawValue + right.rawValue) }

    @inlinable public static func - (left: Self, right: Self) -> Self { Self(left.rawValue - right.rawValue) }

    @inlinable public static func += (left: inout Self, right: Self) { left = left + right }

    @inlinable public static func -= (left: inout Self, right: Self) { left = left - right }

    /// The sum, or `nil` where it does not fit.
    @inlinable public func addingIfFits(_ other: Self) -> Self? {
        let (sum, overflow) = rawValue.addingReportingOverflow(other.rawValue)
        return overflow ? nil : Self(sum)
    }

    /// The difference, or `nil` where it does not fit.
    @inlinable public func subtractingIfFits(_ other: Self) -> Self? {
        let (difference, overflow) = rawValue.subtractingReportingOverflow(other.rawValue)
        return overflow ? nil : Self(difference)
    }

    /// The product with a bare number, or `nil` where it does not fit.
    @inlinable public func multipliedIfFits(by factor: RawValue) -> Self? {
        let (product, overflow) = rawValue.multipliedReportingOverflow(by: factor)
        return overflow ? nil : Self(product)
    }

    /// `self × numerator / denominator`, rounded towards negative infinity, or `nil` where it does not fit.
    ///
    /// The denominator must be positive.
    @inlinable public func scaledIfFits(numerator: RawValue, denominator: RawValue) -> Self? {
        invariant(denominator > 0, "a scale has a positive denominator")
        let (product, overflow) = rawValue.multipliedReportingOverflow(by: numerator)
        if overflow { return nil }
        let (quotient, remainder) = product.quotientAndRemainder(dividingBy: denominator)
        return Self(remainder < 0 ? quotient - 1 : quotient)
    }
}
