public import Quantities

/// What a car (or nobody) does to the pilot: the voltages that the charger's output shows under its load.
///
/// Nominal, by IEC 61851-1 Annex A: a 1 kΩ source of ±12 V, a diode of 0.7 V and 2.74 kΩ in the car, 1.3 kΩ more in state
/// C, 270 Ω instead in state D.
public enum EVPilot {
    /// The steady voltage, and the peak of the positive half wave, of a state with the charger's generator on.
    @_noLocks
    public static func highVoltage(of level: PilotLevel) -> Millivolts {
        switch level {
        case .a: Millivolts(12_000)
        case .b: Millivolts(9_000)
        case .c: Millivolts(6_000)
        case .d: Millivolts(3_000)
        case .e: Millivolts(0)
        case .f: Millivolts(-12_000)
        case .invalid: Millivolts(-5_000)
        }
    }

    /// The peak of the negative half wave while PWM runs: the car's diode keeps it at -12 V in every state with a car.
    @_noLocks
    public static func lowVoltage(of level: PilotLevel, diode: Bool) -> Millivolts {
        switch level {
        case .a, .f: Millivolts(-12_000)
        case .b, .c, .d: diode ? Millivolts(-12_000) : Millivolts(0) - highVoltage(of: level)
        case .e: Millivolts(0)
        case .invalid: Millivolts(-5_000)
        }
    }

    /// Both half waves as the charger measures them for a command of its own and a car's wish.
    @_noLocks
    public static func halfWaves(
        of level: PilotLevel, under command: PilotCommand, diode: Bool
    ) -> (high: Millivolts, low: Millivolts) {
        switch command {
        case .x1:
            let steady = highVoltage(of: level)
            return (steady, steady)
        case .pwm:
            return (highVoltage(of: level), lowVoltage(of: level, diode: diode))
        case .stateF:
            return (Millivolts(-12_000), Millivolts(-12_000))
        case .stateE:
            return (Millivolts(0), Millivolts(0))
        }
    }
}
