internal import Quantities

/// Bounds of ∫P dt from sampled power.
///
/// Between two samples the power lies between them, and a meter latches its energy a little before or after its power. So
/// each interval counts with the smallest of its two samples and the one before them towards the lower bound, and with the
/// greatest towards the upper; while the power stands still both are the integral itself. Power towards the mains counts
/// as zero, since it does not move the import register. In mW × ns.
struct PowerIntegral: Equatable, Sendable {
    /// Samples further apart than this leave open what was between them.
    static let longestInterval = Nanoseconds.seconds(5)

    private(set) var lower: Int128 = 0
    private(set) var upper: Int128 = 0
    private var last: (at: MonotonicInstant, power: Int64)?
    /// The sample before the last one.
    private var previous: Int64 = 0
    /// Since when there is no hole in the samples.
    private(set) var continuousSince: MonotonicInstant?

    /// Takes a sample, or the fact that there is none.
    mutating func add(_ power: Milliwatts?, at: MonotonicInstant) {
        guard let power else {
            last = nil
            continuousSince = nil
            return
        }
        let sample = max(0, power.rawValue)
        if let last, at > last.at, at - last.at <= Self.longestInterval {
            let duration = Int128((at - last.at).rawValue)
            lower += Int128(min(previous, last.power, sample)) * duration
            upper += Int128(max(previous, last.power, sample)) * duration
            previous = last.power
        } else if last?.at != at {
            continuousSince = at
            previous = sample
        }
        last = (at, sample)
    }

    static func == (left: Self, right: Self) -> Bool {
        left.lower == right.lower && left.upper == right.upper && left.continuousSince == right.continuousSince
            && left.last?.at == right.last?.at && left.last?.power == right.last?.power
            && left.previous == right.previous
    }
}
