public import Quantities

/// What a converter's counts are at the board's terminal: the two numbers that a calibration replaces.
public struct ConverterScale: Equatable, Sendable {
    /// How much one count is, in microvolts; not 0.
    public var microvoltsPerCount: Int64
    /// What 0 counts are.
    public var offset: Millivolts

    /// A scale.
    public init(microvoltsPerCount: Int64, offset: Millivolts) {
        self.microvoltsPerCount = microvoltsPerCount
        self.offset = offset
    }

    /// The voltage that the mean of so many counts is, rounded to the nearest millivolt.
    ///
    /// - Parameter sum: of `samples` counts, each within `CalibrationPoint.counts`.
    func voltage(ofSum sum: Int64, samples: Int64) -> Millivolts {
        let millivolts = (microvoltsPerCount * sum).dividedToNearest(by: 1_000 * samples)
        // Far beyond every terminal, and no difference of two of these overflows.
        let most: Int64 = 1_000_000_000
        return Millivolts(Int32(clamping: min(max(millivolts + Int64(offset.rawValue), -most), most)))
    }
}

extension Int64 {
    /// The nearest whole quotient; halves go away from zero.
    func dividedToNearest(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        guard remainder.magnitude >= divisor.magnitude - remainder.magnitude else { return quotient }
        return (self < 0) == (divisor < 0) ? quotient + 1 : quotient - 1
    }
}
