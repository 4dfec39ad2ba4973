public import Quantities

/// What one point, or two, make of a channel's scale. Whole numbers all through: the same points make the same scale everywhere.
public struct ChannelCalibration: Equatable, Sendable {
    /// The scale.
    public let scale: ConverterScale
    /// What it rests on, the newest last.
    public let points: [CalibrationPoint]

    /// What is left at the worse of the points: the reading less what was measured.
    public var residual: Millivolts {
        points.map { $0.residual(scale) }.max { abs($0.rawValue) < abs($1.rawValue) } ?? .zero
    }

    /// A point alone corrects the offset; one that lies far enough from another before it corrects gain and offset.
    ///
    /// - Parameters:
    ///   - point: the newest.
    ///   - earlier: points of the same channel that may be taken along; of those far enough away the farthest is.
    ///   - profile: the board profile's scale.
    /// - Throws: `farOff`, `sameCounts`, `gain` or `shift`.
    public init(
        _ point: CalibrationPoint, with earlier: [CalibrationPoint], profile: ConverterScale, bounds: CalibrationBounds
    ) throws(CalibrationError) {
        let residual = point.residual(profile)
        guard abs(residual.rawValue) <= bounds.shift.rawValue else {
            throw .farOff(read: point.reading(profile), reference: point.reference, limit: bounds.shift)
        }
        func distance(_ other: CalibrationPoint) -> Int32 { abs(other.reference.rawValue - point.reference.rawValue) }
        let other = earlier.filter { distance($0) >= bounds.span.rawValue }.max { distance($0) < distance($1) }
        if let other {
            scale = try Self.line(through: other, point)
            points = [other, point]
        } else {
            scale = ConverterScale(
                microvoltsPerCount: profile.microvoltsPerCount, offset: profile.offset - residual)
            points = [point]
        }
        try bounds.check(scale, against: profile)
    }

    /// The line through two points. The gain is rounded to a microvolt a count; the offset then leaves the same at both.
    private static func line(
        through first: CalibrationPoint, _ second: CalibrationPoint
    ) throws(CalibrationError) -> ConverterScale {
        let samples = Int64(CalibrationPoint.samples)
        let counts = second.sum - first.sum
        guard counts != 0 else { throw .sameCounts }
        let volts = Int64(second.reference.rawValue) - Int64(first.reference.rawValue)
        let gain = (volts * 1_000 * samples).dividedToNearest(by: counts)
        // A gain beyond every profile's is refused by the caller's bounds, and would not fit the sums below.
        guard gain.magnitude <= 2_000_000 else {
            throw .gain(found: gain, profile: 0, limitPermille: CalibrationBounds.gainPermille)
        }
        let references = Int64(first.reference.rawValue) + Int64(second.reference.rawValue)
        let sums = first.sum + second.sum
        let offset = (references * 1_000 * samples - gain * sums).dividedToNearest(by: 2 * 1_000 * samples)
        return ConverterScale(microvoltsPerCount: gain, offset: Millivolts(Int32(clamping: offset)))
    }
}
