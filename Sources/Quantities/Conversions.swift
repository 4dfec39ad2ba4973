/// Conversions between units. Each one says how it rounds and answers `nil` where the result does not fit.

extension Milliwatts {
    /// The energy of this power over a duration, rounded towards zero.
    @inlinable public func energyIfFits(over duration: Nanoseconds) -> MilliwattHours? {
        // 1 mW × 3 600 000 000 000 ns = 1 mWh
        let (high, low) = rawValue.multipliedFullWidth(by: duration.rawValue)
        guard let quotient = dividedIfFits(high: high, low: low, by: 3_600_000_000_000) else { return nil }
        return MilliwattHours(quotient)
    }
}

extension PricePerKilowattHour {
    /// What this energy costs, rounded down to the microunit.
    ///
    /// Neither the price nor the energy may be negative; then the answer is `nil`.
    @inlinable public func costIfFits(of energy: MilliwattHours) -> Microunits? {
        guard rawValue >= 0, energy.rawValue >= 0 else { return nil }
        let (high, low) = rawValue.multipliedFullWidth(by: energy.rawValue)
        guard let quotient = dividedIfFits(high: high, low: low, by: 1_000_000) else { return nil }
        return Microunits(quotient)
    }

    /// The most energy that costs no more than `amount`, or `nil` for a free price, a negative one, or a negative amount.
    @inlinable public func energyIfFits(for amount: Microunits) -> MilliwattHours? {
        guard rawValue > 0, amount.rawValue >= 0 else { return nil }
        let (high, low) = amount.rawValue.multipliedFullWidth(by: 1_000_000)
        guard let quotient = dividedIfFits(high: high, low: low, by: rawValue) else { return nil }
        return MilliwattHours(quotient)
    }
}

extension BasisPoints {
    /// The whole: 10 000 basis points.
    @inlinable public static var whole: Self { Self(10_000) }

    /// This share of an amount, rounded down to the microunit; `nil` for a share outside 0 to 10 000 or a negative amount.
    @inlinable public func shareIfValid(of amount: Microunits) -> Microunits? {
        guard rawValue >= 0, rawValue <= Self.whole.rawValue, amount.rawValue >= 0 else { return nil }
        let (high, low) = amount.rawValue.multipliedFullWidth(by: Int64(rawValue))
        guard let quotient = dividedIfFits(high: high, low: low, by: 10_000) else { return nil }
        return Microunits(quotient)
    }
}

/// `(high, low) / divisor` rounded towards zero, or `nil` where the quotient does not fit 64 bits.
@inlinable
func dividedIfFits(high: Int64, low: UInt64, by divisor: Int64) -> Int64? {
    invariant(divisor > 0, "a divisor of a full-width product is positive")
    let negative = high < 0
    // The magnitude of the 128-bit two's complement number.
    let lowMagnitude = negative ? ~low &+ 1 : low
    let highBits = UInt64(bitPattern: high)
    let highMagnitude = negative ? ~highBits &+ (low == 0 ? 1 : 0) : highBits
    let unsignedDivisor = UInt64(divisor)
    guard highMagnitude < unsignedDivisor else { return nil }
    let quotient = unsignedDivisor.dividingFullWidth((highMagnitude, lowMagnitude)).quotient
    guard quotient <= UInt64(Int64.max) else { return nil }
    return negative ? -Int64(quotient) : Int64(quotient)
}
