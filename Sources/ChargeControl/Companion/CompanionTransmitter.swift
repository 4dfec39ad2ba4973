public import Quantities

/// The far end of the companion's line: what the microcontroller beside the pilot generator runs.
///
/// Its converter's readings go in as they come, with the microcontroller's own clock; each whole window of them is a sample, and
/// a sample is sent once. Where the converter stands still nothing is sent, and the charger's side knows that within 15 ms.
public struct CompanionTransmitter: Sendable, BitwiseCopyable {
    private var window = PilotPeakWindow()
    private var newest: PilotSample?
    private var sequence: UInt16 = 0

    /// Nothing measured yet.
    @_noLocks
    public init() {}

    /// Windows that a gap between two readings ended.
    public var broken: UInt64 { @_noLocks get { window.broken } }

    /// Takes one reading of the pilot at the charger's terminal.
    @_noLocks
    public mutating func take(_ level: Millivolts, at now: MonotonicInstant) {
        guard let sample = window.take(level, at: now) else { return }
        newest = sample
        sequence &+= 1
    }

    /// The frame of the newest sample, to be sent at once; `nil` where none is new, or the newest is too old to say so.
    @_noLocks
    public mutating func nextFrame(at now: MonotonicInstant) -> CompanionFrame? {
        guard let sample = newest else { return nil }
        newest = nil
        let age = now - sample.at
        guard age >= .zero, age <= CompanionFrame.longestAge else { return nil }
        return CompanionFrame(sequence: sequence, high: sample.high, low: sample.low, age: age)
    }
}
