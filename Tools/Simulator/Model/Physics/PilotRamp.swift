public import Quantities

/// A positive peak that moves evenly from one level to another and stays there.
public struct PilotRamp: Equatable, Sendable {
    /// The level at the start.
    public let from: Millivolts
    /// The level at the end, and from then on.
    public let to: Millivolts
    /// The start.
    public let start: MonotonicInstant
    /// How long it moves.
    public let duration: Nanoseconds

    /// The level at this moment.
    public func level(at now: MonotonicInstant) -> Millivolts {
        let elapsed = now - start
        if elapsed >= duration { return to }
        let span = Int64(to.rawValue) - Int64(from.rawValue)
        return Millivolts(from.rawValue + Int32(span * elapsed.wholeMilliseconds / max(1, duration.wholeMilliseconds)))
    }
}
