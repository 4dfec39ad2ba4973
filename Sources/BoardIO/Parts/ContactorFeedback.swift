/// What is known about the contactor apart from the command: two independent senses, pole by pole.
public protocol ContactorFeedback: AnyObject, Sendable {
    /// The mirror contact of the contactor that switches L1 and N.
    func mirrorContact() -> ContactState
    /// The mirror contact of the contactor that switches L2 and L3.
    func secondMirrorContact() -> ContactState
    /// The voltage behind the contactor on this phase, 1 to 3.
    func loadVoltage(phase: Int) -> SupplyState
}
