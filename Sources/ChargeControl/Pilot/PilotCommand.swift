public import Quantities

/// What the charger puts on the control pilot.
public enum PilotCommand: Sendable, BitwiseCopyable, Equatable {
    /// Steady +12 V: no energy is offered.
    case x1
    /// 1 kHz PWM with this high time, in a period of 1 ms: the current it codes is offered.
    case pwm(Nanoseconds)
    /// Steady -12 V: the charger is out of service.
    case stateF
    /// The pilot is cut by a relay, where the board has one. Not an unplug.
    case stateE
}
