import Quantities

/// What happens around the table in one step: the same for every row.
struct FaultSurroundings: Sendable, BitwiseCopyable {
    /// The pilot says, settled, that no car is there.
    var isUnplugged = false
    /// Someone at the charger asks for a reset.
    var localReset = false
    /// A technician resets this fault.
    var technicianReset: FaultCode?
    /// A residual self-test passed since the start.
    var selfTestPassed = false
    /// When the contactor was last told to close.
    var closedAt: MonotonicInstant?

    @_noLocks
    init() {}
}

/// What all standing faults ask for together.
struct FaultSummary: Sendable, BitwiseCopyable {
    /// The contactor must be open now.
    var opens = false
    /// No energy may be offered; a closed contactor opens when the car has stopped.
    var stops = false
    /// A fault that will not clear itself.
    var finalFault: FaultCode?
    /// The fault to show: the one with the greatest effect.
    var shown: FaultCode?
    /// A fault stands that only a technician clears: the charger is out of service.
    var isOutOfService = false
    /// Everything that stands.
    var standing = FaultSet()
    /// A fault was raised in this step that the car is told of by state F.
    var signalsF = false
    /// A fault was raised in this step that stops or opens.
    var hasRaised = false
    /// The faults raised lately forbid an offer until then.
    var blockedUntil = MonotonicInstant(nanoseconds: Int64.min / 2)
    /// A fault cleared in this step that asks for a random delay.
    var randomisesRestart = false

    @_noLocks
    init() {}
}
