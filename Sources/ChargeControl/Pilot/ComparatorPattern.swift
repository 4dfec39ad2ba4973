public import Quantities

/// What window comparators say of the pilot, for boards that compare in hardware instead of converting.
///
/// Six comparators behind the peak detector of the positive half wave sit on the edges of `PilotClassifier`; one behind
/// the detector of the negative half wave says whether it reaches -10 V, which is all that the diode check asks
/// (docs/boards.md, "Window comparators"). A voltage that is above an edge is above all lower ones, so the six are a
/// thermometer code. Any other pattern is a broken comparator, or lines read in the middle of a change, and gives no sample.
public struct ComparatorPattern: Sendable, BitwiseCopyable {
    /// One bit for each edge, the lowest first: -10.5, -1.0, 1.5, 4.5, 7.5, 10.5 V; set where the half wave is above it.
    public var above: UInt8
    /// The negative half wave reaches -10 V or less.
    public var negativeReaches: Bool

    /// The number of edges.
    public static var edges: Int { @_noLocks get { 6 } }

    /// A pattern as the lines say it.
    @_noLocks
    public init(above: UInt8, negativeReaches: Bool) {
        self.above = above
        self.negativeReaches = negativeReaches
    }

    /// The sample that stands for this pattern: each half wave at the centre of its band. `nil` where the comparators
    /// contradict each other.
    @_noLocks
    public func sample(at instant: MonotonicInstant) -> PilotSample? {
        guard let high = centre() else { return nil }
        // The positive peak is never below the negative one.
        if high == Millivolts(-12_000), !negativeReaches { return nil }
        return PilotSample(high: high, low: negativeReaches ? Millivolts(-12_000) : high, at: instant)
    }

    /// The centre of the band in which the positive half wave lies; the outer bands end at ±13.5 V.
    @_noLocks
    private func centre() -> Millivolts? {
        switch above {
        case 0b000000: Millivolts(-12_000)
        case 0b000001: Millivolts(-5_750)
        case 0b000011: Millivolts(250)
        case 0b000111: Millivolts(3_000)
        case 0b001111: Millivolts(6_000)
        case 0b011111: Millivolts(9_000)
        case 0b111111: Millivolts(12_000)
        default: nil
        }
    }
}
