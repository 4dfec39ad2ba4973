public import Quantities

/// The two peaks of the pilot at the charger's terminal.
public struct PilotReading: Equatable, Sendable, BitwiseCopyable {
    /// The peak of the positive half wave.
    public var high: Millivolts
    /// The peak of the negative half wave; equal to `high` where the level is steady.
    public var low: Millivolts
    /// When they were measured, where the source knows that; `nil`: between the call and its return.
    public var at: MonotonicInstant?

    /// Both peaks.
    public init(high: Millivolts, low: Millivolts, at: MonotonicInstant? = nil) {
        self.high = high
        self.low = low
        self.at = at
    }
}

/// Reads the pilot's peaks. May take milliseconds; called on the board's own thread alone.
public protocol PilotSampler: AnyObject, Sendable {
    /// Reads both peaks now.
    func readPilot() throws(BoardError) -> PilotReading
    /// Samples that the source sent and that were refused, such as frames with a wrong checksum.
    var refused: UInt64 { get }
    /// A converter's newest reading, for any thread; `nil` where the source has no such converter.
    func newestReading(of role: ConverterRole) -> ConverterReading?
    /// Ends a thread of its own and gives the source back. Not read after it.
    func stop()
}

extension PilotSampler {
    public var refused: UInt64 { 0 }
    public func newestReading(of role: ConverterRole) -> ConverterReading? { nil }
    public func stop() {}
}
