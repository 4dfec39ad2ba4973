/// A pole between the mains and the car. L1 and N belong to the main contactor, L2 and L3 to the second one, which closes
/// along where the phase relay lets it.
public enum ContactorPole: String, CaseIterable, Sendable {
    case first = "L1"
    case neutral = "N"
    case second = "L2"
    case third = "L3"
}
