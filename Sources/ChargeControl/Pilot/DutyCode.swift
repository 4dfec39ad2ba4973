public import Quantities

/// The duty cycle that codes a current, by IEC 61851-1 Annex A: 1 kHz, 6 to 51 A as I / 0.6 A per cent, above as
/// I / 2.5 A + 64 per cent.
///
/// Encoding refuses what has no code; nothing is clamped. Nominal duty lies in 10 to 96 % and never inside
/// (84.5, 85.5) %, where 5 µs of pulse error would cross the meeting point of the two branches (51.0 against 52.5 A).
/// So 6 to 50.7 A and 53.75 to 80 A have codes. Property: what a car reads from the nominal duty is never more than what
/// was encoded.
public enum DutyCode: Sendable, BitwiseCopyable, Equatable {
    /// No PWM: below 6 A nothing is offered.
    case off
    /// PWM with this high time in a period of 1 ms.
    case pwm(Nanoseconds)
    /// 5 %: the current comes by digital communication only (ISO 15118).
    case digitalOnly

    /// The least current that has a code.
    public static var minimum: Milliamps { @_noLocks get { Milliamps(6_000) } }
    /// The greatest current of the low branch that has a code: 84.5 %.
    public static var lowBranchEnd: Milliamps { @_noLocks get { Milliamps(50_700) } }
    /// The least current of the high branch that has a code: 85.5 %.
    public static var highBranchStart: Milliamps { @_noLocks get { Milliamps(53_750) } }
    /// The greatest current that has a code: 96 %.
    public static var maximum: Milliamps { @_noLocks get { Milliamps(80_000) } }
    /// The period of the pilot's PWM.
    public static var period: Nanoseconds { @_noLocks get { .milliseconds(1) } }

    /// The code of a current; `off` below 6 A.
    ///
    /// - Throws: `negativeCurrent`, `noDutyCode` between 50.7 and 53.75 A, `currentTooGreat` above 80 A.
    @_noLocks
    public static func encode(_ current: Milliamps) throws(ChargeControlError) -> DutyCode {
        if current < .zero { throw .negativeCurrent(current) }
        if current < minimum { return .off }
        let milliamps = Int64(current.rawValue)
        if current <= lowBranchEnd {
            // duty % = I / 0.6 A, so 50/3 ns of high time per milliampere; rounded down, so that the car never reads more.
            return .pwm(Nanoseconds(milliamps * 50 / 3))
        }
        if current < highBranchStart { throw .noDutyCode(current) }
        if current <= maximum {
            // duty % = I / 2.5 A + 64, so 4 ns per milliampere on top of 640 µs: exact.
            return .pwm(Nanoseconds(milliamps * 4 + 640_000))
        }
        throw .currentTooGreat(current)
    }

    /// The greatest current not above `current` that has a code; zero where there is none.
    @_noLocks
    public static func encodable(notAbove current: Milliamps) -> Milliamps {
        if current < minimum { return .zero }
        if current <= lowBranchEnd { return current }
        if current < highBranchStart { return lowBranchEnd }
        return current <= maximum ? current : maximum
    }
}
