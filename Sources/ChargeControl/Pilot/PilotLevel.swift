/// What the positive half wave of the control pilot says, by IEC 61851-1 Annex A.
///
/// The letter belongs to the car; whether the charger offers current (x1 or x2) is the charger's own doing and stands
/// apart, in `PilotCommand`.
public enum PilotLevel: Sendable, BitwiseCopyable, Equatable, CaseIterable {
    /// +12 V: nothing is plugged in.
    case a
    /// +9 V: a car is there and does not ask for energy.
    case b
    /// +6 V: the car asks for energy.
    case c
    /// +3 V: the car asks for energy and for ventilation.
    case d
    /// 0 V: the pilot is shorted to protective earth, or the generator is dead.
    case e
    /// -12 V, steady: the charger is not available.
    case f
    /// No level that the standard knows.
    case invalid

    // Written out so that `@_noLocks` code may compare across files.
    @_noLocks
    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.a, .a), (.b, .b), (.c, .c), (.d, .d), (.e, .e), (.f, .f), (.invalid, .invalid): true
        default: false
        }
    }
}
