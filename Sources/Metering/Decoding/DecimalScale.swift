internal import Quantities

/// An exact decimal factor `multiplier × 10^exponent`, and the one place where a measured number is rounded.
///
/// A value is computed as an exact fraction and rounded once, to the nearest integer, halves away from zero. Nothing here
/// traps on any input: what does not fit is `nil`.
struct DecimalScale: Equatable, Sendable {
    /// 1 to 1 000 000.
    let multiplier: UInt32
    /// -18 to 18.
    let exponent: Int

    static let multipliers: ClosedRange<Int64> = 1...1_000_000
    static let exponents: ClosedRange<Int64> = -9...9

    init(multiplier: UInt32 = 1, exponent: Int = 0) {
        invariant((1...1_000_000).contains(multiplier), "a scale's multiplier is 1 to 1 000 000")
        invariant((-18...18).contains(exponent), "a scale's exponent is -18 to 18")
        self.multiplier = multiplier
        self.exponent = exponent
    }

    /// This scale, with the unit's own power of ten on top.
    func shifted(by unitExponent: Int) -> DecimalScale {
        DecimalScale(multiplier: multiplier, exponent: exponent + unitExponent)
    }

    /// This scale times a power of ten that came from outside; `nil` where no scale can hold it.
    func shiftedIfFits(by power: Int) -> DecimalScale? {
        guard (-18...18).contains(exponent + power) else { return nil }
        return DecimalScale(multiplier: multiplier, exponent: exponent + power)
    }

    /// The number times this factor, rounded once; `nil` where it does not fit.
    func applied(to number: RawNumber) -> Int64? {
        switch number {
        case .signed(let value): rounded(magnitude: value.magnitude, binaryExponent: 0, isNegative: value < 0)
        case .unsigned(let value): rounded(magnitude: value, binaryExponent: 0, isNegative: false)
        case .float(let value, _): rounded(value)
        }
    }

    /// How far the value moves when the number moves by its least step, rounded up; at least 1. `nil` where it does not
    /// fit.
    func step(of number: RawNumber) -> Int64? {
        switch number {
        case .signed, .unsigned: rounded(magnitude: 1, binaryExponent: 0, isNegative: false).map { max($0, 1) }
        case .float(_, let unitInLastPlace): rounded(unitInLastPlace).map { $0 + 1 }
        }
    }

    private func rounded(_ value: Double) -> Int64? {
        guard value.isFinite else { return nil }
        if value.isZero { return 0 }
        // value = significand × 2^exponent with an integer significand below 2^53.
        let significand = UInt64(value.significandBitPattern) | (value.isNormal ? 1 << 52 : 0)
        let exponent = Int(value.isNormal ? value.exponent : -1022) - 52
        return rounded(magnitude: significand, binaryExponent: exponent, isNegative: value < 0)
    }

    /// `± magnitude × 2^binaryExponent × multiplier × 10^exponent`, rounded once.
    private func rounded(magnitude: UInt64, binaryExponent: Int, isNegative: Bool) -> Int64? {
        if magnitude == 0 { return 0 }
        // 10^e = 5^e × 2^e. At most 64 + 20 + 42 bits, so nothing overflows.
        let shift = magnitude.trailingZeroBitCount
        var numerator = UInt128(magnitude >> UInt64(shift)) * UInt128(multiplier)
        var denominator: UInt128 = 1
        if exponent >= 0 { numerator *= Self.powerOfFive(exponent) } else { denominator = Self.powerOfFive(-exponent) }
        let binary = binaryExponent + shift + exponent
        if binary >= 0 {
            guard numerator.leadingZeroBitCount >= binary else { return nil }
            numerator <<= UInt128(binary)
        } else {
            guard denominator.leadingZeroBitCount >= -binary else {
                return tiny(numerator, denominator, -binary, isNegative)
            }
            denominator <<= UInt128(-binary)
        }
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        let result = remainder >= denominator - remainder ? quotient + 1 : quotient
        return Self.signed(result, isNegative)
    }

    /// `numerator / (denominator × 2^shift)` where that denominator is 2^128 or more, so that the result is 0 or 1.
    private func tiny(_ numerator: UInt128, _ denominator: UInt128, _ shift: Int, _ isNegative: Bool) -> Int64? {
        guard denominator.leadingZeroBitCount >= shift - 1 else { return 0 }
        return Self.signed(numerator >= denominator << UInt128(shift - 1) ? 1 : 0, isNegative)
    }

    private static func signed(_ magnitude: UInt128, _ isNegative: Bool) -> Int64? {
        guard magnitude <= UInt128(Int64.max) else { return nil }
        let value = Int64(magnitude)
        return isNegative ? -value : value
    }

    private static func powerOfFive(_ exponent: Int) -> UInt128 {
        var power: UInt128 = 1
        for _ in 0..<exponent { power *= 5 }
        return power
    }
}
