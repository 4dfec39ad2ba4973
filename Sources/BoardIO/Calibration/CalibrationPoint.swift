public import Quantities

/// What a channel read while somebody measured the voltage at its terminal.
public struct CalibrationPoint: Equatable, Sendable {
    /// So many samples make a point: about a third of a second.
    public static let samples = 64
    /// What the converters of the kernel give at most: 32 bits and a sign.
    static let counts: ClosedRange<Int64> = -(1 << 32)...(1 << 32)
    /// A still reading's samples lie so close together, or within two counts.
    static let stillness = Millivolts(60)
    /// A still reading's halves lie so close together, or within one count.
    static let steadiness = Millivolts(15)

    /// The sum of the counts.
    public let sum: Int64
    /// Between the lowest and the highest sample.
    public let spread: Millivolts
    /// What was measured.
    public let reference: Millivolts

    /// A point.
    ///
    /// - Parameters:
    ///   - counts: `samples` of them, in the order in which they came.
    ///   - scale: what a count is, for the limits of stillness.
    /// - Throws: `samples`, `count`, `noisy` or `moving`.
    public init(_ counts: [Int64], reference: Millivolts, scale: ConverterScale) throws(CalibrationError) {
        guard counts.count == Self.samples, let low = counts.min(), let high = counts.max() else {
            throw .samples(found: counts.count)
        }
        for count in [low, high] where !Self.counts.contains(count) { throw .count(count) }
        let count = Int64(scale.microvoltsPerCount.magnitude)
        func millivolts(_ microvolts: Int64) -> Millivolts {
            Millivolts(Int32(clamping: microvolts.dividedToNearest(by: 1_000)))
        }
        spread = millivolts((high - low) * count)
        let stillness = max(Self.stillness, millivolts(2 * count))
        guard spread <= stillness else { throw .noisy(spread: spread, limit: stillness) }
        let half = Self.samples / 2
        let (first, second) = (counts[..<half].reduce(0, +), counts[half...].reduce(0, +))
        let distance = Int64((second - first).magnitude) * count
        let moved = millivolts(distance.dividedToNearest(by: Int64(half)))
        let steadiness = max(Self.steadiness, millivolts(count))
        guard moved <= steadiness else { throw .moving(by: moved, limit: steadiness) }
        sum = first + second
        self.reference = reference
    }

    /// What a scale makes of it, less what was measured.
    public func residual(_ scale: ConverterScale) -> Millivolts {
        reading(scale) - reference
    }

    /// What a scale makes of it.
    public func reading(_ scale: ConverterScale) -> Millivolts {
        scale.voltage(ofSum: sum, samples: Int64(Self.samples))
    }
}
