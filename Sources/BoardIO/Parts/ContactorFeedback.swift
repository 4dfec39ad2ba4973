/// What is known about the contactor apart from the command: two independent senses.
public protocol ContactorFeedback: AnyObject, Sendable {
    /// The auxiliary contact.
    func auxiliaryContact() -> ContactState
    /// The voltage behind the contactor.
    func loadVoltage() -> SupplyState
}
