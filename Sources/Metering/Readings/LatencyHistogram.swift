public import Quantities

/// How long a meter's replies took, from the request to the last byte: counts in steps of powers of two.
@frozen
public struct LatencyHistogram: Equatable, Sendable {
    /// Step 0 is below 1 ms, step n from 2ⁿ⁻¹ to below 2ⁿ ms, the last one from 4096 ms on.
    public static let steps = 14

    private var counts = InlineArray<14, UInt64>(repeating: 0)
    public private(set) var count: UInt64 = 0
    /// Zero before the first reply, like `most`.
    public private(set) var least: Nanoseconds = .zero
    public private(set) var most: Nanoseconds = .zero

    public init() {}

    /// How many replies fell into a step, 0 to 13.
    public subscript(step: Int) -> UInt64 {
        invariant(step >= 0 && step < Self.steps, "a histogram has 14 steps")
        return counts[step]
    }

    mutating func note(_ elapsed: Nanoseconds) {
        let milliseconds = UInt64(max(0, elapsed.wholeMilliseconds))
        counts[min(UInt64.bitWidth - milliseconds.leadingZeroBitCount, Self.steps - 1)] += 1
        least = count == 0 ? elapsed : min(least, elapsed)
        most = max(most, elapsed)
        count += 1
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.count == right.count && left.least == right.least && left.most == right.most
            && (0..<steps).allSatisfy { left.counts[$0] == right.counts[$0] }
    }
}
