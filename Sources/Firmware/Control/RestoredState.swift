import ChargeControl

/// What a connector's records say of it from before the start.
struct RestoredState: Sendable, Equatable {
    /// Faults whose latch survives power loss.
    var latched: [FaultCode] = []
    /// The contactor's life, or nil where no record tells of it.
    var wear: ContactorWear?
}
