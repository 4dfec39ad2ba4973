public import Quantities

/// How far a calibration may go from the board profile: far enough for what resistors and a converter's reference bring, and no
/// farther than a wrong one is harmless (docs/boards.md, "Calibration").
public struct CalibrationBounds: Equatable, Sendable {
    /// The gain may differ by so much.
    public static let gainPermille: Int64 = 30

    /// The terminal's voltages for which the limit holds.
    public let levels: ClosedRange<Millivolts>
    /// By so much a reading of these may move.
    public let shift: Millivolts
    /// Two points that are to tell a gain lie so far apart at least.
    public let span: Millivolts

    /// The pilot's: at 400 mV no level that a car or the generator makes is read as another.
    static let pilot = CalibrationBounds(
        levels: Millivolts(-12_000)...Millivolts(12_000), shift: Millivolts(400), span: Millivolts(2_000))

    /// The proximity contact's: 3 % of its supply, at which no cable is taken for one that carries more.
    static func proximity(supply: Millivolts) -> CalibrationBounds {
        CalibrationBounds(
            levels: Millivolts.zero...supply, shift: Millivolts(supply.rawValue / 100 * 3),
            span: Millivolts(supply.rawValue / 4))
    }

    /// Checks a scale against the board profile's.
    ///
    /// - Throws: `gain` or `shift`.
    public func check(_ scale: ConverterScale, against profile: ConverterScale) throws(CalibrationError) {
        let (gain, nominal) = (scale.microvoltsPerCount, profile.microvoltsPerCount)
        let limit = nominal.magnitude * UInt64(Self.gainPermille)
        guard gain.magnitude <= nominal.magnitude * 2, (gain - nominal).magnitude * 1_000 <= limit else {
            throw .gain(found: gain, profile: nominal, limitPermille: Self.gainPermille)
        }
        // Both scales are straight lines, so the ends are the worst.
        for level in [levels.lowerBound, levels.upperBound] {
            let counts = Int64(level.rawValue) - Int64(profile.offset.rawValue)
            let moved = gain * counts + (Int64(scale.offset.rawValue) - Int64(level.rawValue)) * nominal
            guard moved.magnitude <= UInt64(shift.rawValue) * nominal.magnitude else {
                throw .shift(
                    by: Millivolts(Int32(clamping: moved.dividedToNearest(by: nominal))), at: level, limit: shift)
            }
        }
    }
}
