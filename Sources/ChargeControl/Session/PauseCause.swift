/// Why the contactor is open inside a session.
public enum PauseCause: Sendable, BitwiseCopyable, Equatable {
    /// The car stopped asking.
    case car
    /// A fault that clears itself.
    case fault
    /// The meter does not answer.
    case meter
    /// The control loop stood still.
    case lateness
    /// The arbiter allows no current.
    case noCurrent
    /// The owner, a schedule or a sharing window allows no current.
    case owner
    /// The phases are switched.
    case phases
}
