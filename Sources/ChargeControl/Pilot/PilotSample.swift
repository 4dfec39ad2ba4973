public import Quantities

/// One measurement of the control pilot.
///
/// A board hands over no sample at all where its measurement is not valid; the core then counts the pilot as stale.
public struct PilotSample: Sendable, BitwiseCopyable, Equatable {
    /// The peak of the positive half wave; the steady level where the charger sends no PWM.
    public var high: Millivolts
    /// The peak of the negative half wave; the steady level where the charger sends no PWM.
    public var low: Millivolts
    /// When it was measured.
    public var at: MonotonicInstant

    /// A measurement of both half waves.
    @_noLocks
    public init(high: Millivolts, low: Millivolts, at: MonotonicInstant) {
        self.high = high
        self.low = low
        self.at = at
    }
}
