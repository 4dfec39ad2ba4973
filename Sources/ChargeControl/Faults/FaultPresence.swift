/// What one step knows of a row's condition.
enum FaultPresence: Sendable, BitwiseCopyable {
    /// Absent: a standing fault's clear time runs.
    case absent
    /// Present: a fault that does not stand gathers persistence.
    case present
    /// Too close to it: raises nothing, and a standing fault's clear time does not run (the hysteresis of the row).
    case near
    /// This step knows nothing new: neither present nor absent.
    case unheard
    /// This step cannot know: a standing fault's clear time begins anew, gathered persistence stays.
    case hidden

    /// Present where it is so, else absent.
    @_noLocks
    init(_ condition: Bool) { self = condition ? .present : .absent }
}
