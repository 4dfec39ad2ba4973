import Quantities

/// What the fault table is told in one step.
struct FaultNews: Sendable, BitwiseCopyable {
    /// The conditions that are present.
    var present: FaultConditions
    /// The conditions of which this step knows nothing new: neither present nor absent.
    var unheard: FaultConditions
    /// The pilot says, settled, that no car is there.
    var isUnplugged: Bool
    /// Someone at the charger asked for a reset.
    var resetRequested: Bool
    /// When the contactor was last told to close.
    var closedAt: MonotonicInstant?

    @_noLocks
    init() {
        present = .none
        unheard = .none
        isUnplugged = false
        resetRequested = false
        closedAt = nil
    }
}

/// What all rows together ask for.
struct FaultSummary: Sendable, BitwiseCopyable {
    /// The contactor must be open now.
    var opens: Bool
    /// No energy may be offered; a closed contactor opens when the car has stopped.
    var stops: Bool
    /// A fault that will not clear itself.
    var finalFault: FaultCode?
    /// The fault to show: the one with the greatest effect.
    var shown: FaultCode?
    /// A permanent fault stands: the charger is out of service.
    var isOutOfService: Bool

    @_noLocks
    init() {
        opens = false
        stops = false
        finalFault = nil
        shown = nil
        isOutOfService = false
    }
}
