import ChargeControl

/// What a connector's records say of it from before the start.
struct RestoredState: Sendable, Equatable {
    /// Faults whose latch survives power loss.
    var latched: [FaultCode] = []
    /// Those of them that were raised in this boot of the machine: its power was not cycled since.
    var latchedInThisBoot: [FaultCode] = []
    /// The contactor's life, or nil where no record tells of it.
    var wear: ContactorWear?
}
