import Quantities

/// Looks for the diode in the car: while PWM runs, the negative half wave must stay at -12 V. A resistor, a finger or a
/// shorted diode pulls it up.
///
/// Judged before closing and all through charging (docs/control-core.md, "The diode").
struct DiodeCheck: Sendable, BitwiseCopyable {
    private var good: Agreement
    /// Whether the newest judged half wave was good; `nil` while there is nothing to judge.
    private(set) var isGood: Bool?

    /// At or below this the half wave is good.
    static var threshold: Millivolts { @_noLocks get { Millivolts(-10_000) } }
    /// A good half wave becomes bad only above the threshold by this much.
    static var hysteresis: Millivolts { @_noLocks get { Millivolts(1_000) } }
    /// Samples measured earlier than this after PWM began still hold half waves of the steady level.
    static var settling: Nanoseconds { @_noLocks get { .milliseconds(5) } }

    @_noLocks
    init() {
        good = Agreement()
        isGood = nil
    }

    /// Takes in a sample measured while PWM ran since `pwmSince`, with a car connected.
    @_noLocks
    mutating func observe(_ sample: PilotSample, pwmSince: MonotonicInstant, at now: MonotonicInstant) {
        guard sample.at - pwmSince >= Self.settling else { return }
        let limit = isGood == true ? Self.threshold + Self.hysteresis : Self.threshold
        if sample.low <= limit {
            isGood = true
            good.agree(at: now)
        } else {
            isGood = false
            good.disagree()
        }
    }

    /// Forgets everything: no PWM, or no car.
    @_noLocks
    mutating func reset() {
        good.disagree()
        isGood = nil
    }

    /// Whether enough good half waves were seen to close: five of them over 100 ms.
    @_noLocks
    func passes(at now: MonotonicInstant) -> Bool {
        good.holds(samples: 5, span: .milliseconds(100), at: now)
    }
}
