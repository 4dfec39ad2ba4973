public import Quantities

/// The two peaks of the pilot at the charger's terminal.
public struct PilotReading: Equatable, Sendable, BitwiseCopyable {
    /// The peak of the positive half wave.
    public var high: Millivolts
    /// The peak of the negative half wave; equal to `high` where the level is steady.
    public var low: Millivolts

    /// Both peaks.
    public init(high: Millivolts, low: Millivolts) {
        self.high = high
        self.low = low
    }
}

/// Reads the pilot's peaks. May take milliseconds; called on the board's own thread alone.
public protocol PilotSampler: AnyObject, Sendable {
    /// Reads both peaks now.
    func readPilot() throws(BoardError) -> PilotReading
}
