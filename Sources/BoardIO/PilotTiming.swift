public import Quantities

/// How well a pilot that software makes kept its times: measured after each edge was written, so without what the line's driver and
/// the wire add.
public struct PilotTiming: Equatable, Sendable, BitwiseCopyable {
    /// IEC 61851-1 table A.2 leaves the pulse 5 us: half a percentage point of duty.
    public static let tolerance = Nanoseconds(5_000)

    /// One pulse of the pilot.
    public struct Pulse: Equatable, Sendable {
        /// How long after its moment the rise was written.
        public let lateness: Nanoseconds
        /// How much longer than wanted the line was high.
        public let error: Nanoseconds

        /// A pulse that was measured.
        public init(lateness: Nanoseconds, error: Nanoseconds) {
            self.lateness = lateness
            self.error = error
        }
    }

    /// Whether the thread has a real-time priority.
    public var isRealTime = false
    /// Pulses made.
    public var pulses: UInt64 = 0
    /// Pulses that were longer or shorter than wanted by more than `tolerance`.
    public var inexactPulses: UInt64 = 0
    /// Periods without a pulse, because the thread ran so late.
    public var skippedPeriods: UInt64 = 0
    /// The most that a rise was late.
    public var worstLateness = Nanoseconds.zero
    /// The most that a pulse was too long or too short.
    public var worstError = Nanoseconds.zero

    /// Nothing measured yet.
    public init() {}

    /// Counts a pulse.
    public mutating func note(_ pulse: Pulse) {
        let size = max(pulse.error, Nanoseconds.zero - pulse.error)
        pulses += 1
        if size > Self.tolerance { inexactPulses += 1 }
        worstError = max(worstError, size)
        worstLateness = max(worstLateness, pulse.lateness)
    }
}

extension PilotTiming: CustomStringConvertible {
    /// One line for people.
    public var description: String {
        "\(pulses) pulses, \(inexactPulses) of them wrong by more than \(Self.tolerance.wholeMicroseconds) us (at most "
            + "\(worstError.wholeMicroseconds) us), late by at most \(worstLateness.wholeMicroseconds) us, \(skippedPeriods) "
            + "periods without a pulse" + (isRealTime ? "" : ", without a real-time priority")
    }
}
