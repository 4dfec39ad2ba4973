public import Quantities

/// Why a reading makes no calibration. Each case reads as one line.
public enum CalibrationError: Error, Equatable, Sendable {
    /// Other than `CalibrationPoint.samples` counts.
    case samples(found: Int)
    /// A count that no converter gives.
    case count(Int64)
    /// The counts lie too far from each other.
    case noisy(spread: Millivolts, limit: Millivolts)
    /// The counts of the second half are others than those of the first.
    case moving(by: Millivolts, limit: Millivolts)
    /// What the board profile makes of the reading is too far from what was measured.
    case farOff(read: Millivolts, reference: Millivolts, limit: Millivolts)
    /// A gain too far from the board profile's, in microvolts a count.
    case gain(found: Int64, profile: Int64, limitPermille: Int64)
    /// A scale that moves a reading too far from what the board profile makes of it.
    case shift(by: Millivolts, at: Millivolts, limit: Millivolts)
    /// Two points whose counts are the same.
    case sameCounts
}

extension CalibrationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .samples(let found): "expected \(CalibrationPoint.samples) samples, got \(found)"
        case .count(let count): "a converter's count of \(count)"
        case .noisy(let spread, let limit):
            "the reading is not still: \(spread.rawValue) mV between its samples, at most \(limit.rawValue) mV"
        case .moving(let distance, let limit):
            "the reading moves: \(distance.rawValue) mV between its halves, at most \(limit.rawValue) mV"
        case .farOff(let read, let reference, let limit):
            "the board profile reads \(read.rawValue) mV, you measured \(reference.rawValue) mV: more than "
                + "\(limit.rawValue) mV apart is no calibration but another board, a broken detector or a wrong number"
        case .gain(let found, let profile, let limit):
            "a gain of \(found) uV a count, the board profile's is \(profile): more than \(limit) permille apart"
        case .shift(let distance, let level, let limit):
            "it would move \(level.rawValue) mV by \(distance.rawValue) mV, at most \(limit.rawValue) mV"
        case .sameCounts: "the converter read the same at both points"
        }
    }
}
