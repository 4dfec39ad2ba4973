/// How the board takes the pilot's peaks. A converter that runs free of the pilot's phase is none of them: at 5 % duty
/// the positive level lasts 50 µs of 1 000, and such a converter misses it.
public enum PilotSensing: String, CaseIterable, Sendable {
    /// Peak-hold circuits for both half waves.
    case peakDetector = "peak-detector"
    /// A converter that the PWM triggers at fixed phases.
    case hardwareTriggered = "hardware-triggered"
    /// Comparators at the edges between the states.
    case comparator
    /// A microcontroller beside the processor sends them over a serial line.
    case companionMCU = "companion-mcu"
}
