/// What the charger's lamps are to say.
public enum Indication: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Nothing: the program does not run.
    case off
    /// Ready for a car.
    case available
    /// A car is plugged in, and no energy flows.
    case connected
    /// Energy may flow: the contactor is to be closed.
    case charging
    /// A fault stands.
    case fault
    /// A technician has it in service mode: it sells nothing.
    case service
    /// All lamps: the contacts are live for a technician's test, or the lamps themselves are tested.
    case all

    /// The lamps that are lit.
    var lamps: (available: Bool, charging: Bool, fault: Bool) {
        switch self {
        case .off: (false, false, false)
        case .available: (true, false, false)
        case .connected: (true, true, false)
        case .charging: (false, true, false)
        case .fault: (false, false, true)
        case .service: (true, false, true)
        case .all: (true, true, true)
        }
    }
}
