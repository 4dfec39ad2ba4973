/// What a GPIO line does on a board.
public enum LineRole: String, CaseIterable, Sendable {
    /// Output: the software's part of the contactor enable.
    case contactorEnable = "contactor-enable"
    /// Output: the pulse line of the coil gate.
    case coilGate = "coil-gate"
    /// Output: takes the pilot off the plug when inactive.
    case pilotRelay = "pilot-relay"
    /// Output: locks the plug.
    case plugLock = "plug-lock"
    /// Output: the residual-current monitor's test input.
    case residualTest = "residual-test"
    /// Input, active = closed: the contactor's auxiliary contact.
    case contactorAuxiliary = "contactor-auxiliary"
    /// Input, active = live: the voltage behind the contactor.
    case loadVoltage = "load-voltage"
    /// Input, active = pressed.
    case emergencyStop = "emergency-stop"
    /// Input, active = tripped on smooth direct current.
    case residualDC = "residual-dc"
    /// Input, active = tripped on alternating current.
    case residualAC = "residual-ac"
    /// Input, active = locked.
    case lockFeedback = "lock-feedback"
    /// Input, active = the coil gate is held.
    case gateReadback = "gate-readback"

    /// Whether the board's software drives the line.
    public var isOutput: Bool {
        switch self {
        case .contactorEnable, .coilGate, .pilotRelay, .plugLock, .residualTest: true
        default: false
        }
    }
}
