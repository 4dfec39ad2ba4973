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
    /// Output: turns the plug lock's motor towards locked; with the next line, an H-bridge's two inputs.
    case lockMotorClose = "lock-motor-close"
    /// Output: turns it towards open.
    case lockMotorOpen = "lock-motor-open"
    /// Output: the residual-current monitor's test input.
    case residualTest = "residual-test"
    /// Output: lets L2 and L3 close along with L1 when active.
    case phaseRelay = "phase-relay"
    /// Output: the fan for state D.
    case ventilation
    /// Outputs, active = lit: the lamps of `Indication`.
    case availableLamp = "lamp-available"
    case chargingLamp = "lamp-charging"
    case faultLamp = "lamp-fault"
    /// Output, active = +12 V: the pilot itself, where software makes it.
    case pilotOutput = "pilot-output"
    /// Output, held inactive: inverts the pilot's sense while active.
    case pilotInvert = "pilot-invert"
    /// Output: empties the peak-hold circuit of the positive half wave while active.
    case pilotHighReset = "pilot-high-reset"
    /// Output: the same for the negative half wave.
    case pilotLowReset = "pilot-low-reset"
    /// Input, active = closed: the mirror contact of the contactor that switches L1 and N.
    case contactorAuxiliary = "contactor-auxiliary"
    /// Input, active = closed: the mirror contact of the contactor that switches L2 and L3.
    case secondAuxiliary = "second-contactor-auxiliary"
    /// Input, active = live: the voltage behind the contactor on L1.
    case loadVoltage = "load-voltage"
    /// Input, active = live: on L2.
    case loadVoltageL2 = "load-voltage-l2"
    /// Input, active = live: on L3.
    case loadVoltageL3 = "load-voltage-l3"
    /// Input, active = the protective conductor is there.
    case earth
    /// Input, active = the enclosure is open.
    case enclosure
    /// Input, active = the board's own supply is failing.
    case supplyLow = "supply-low"
    /// Input, active = the fan for state D runs.
    case fanFeedback = "fan-feedback"
    /// Input, active = the reset button at the charger is pressed.
    case localReset = "local-reset"
    /// Input, active = the grid operator's relay lets all be taken: a broken wire does not.
    case gridRelease = "grid-release"
    /// Input, active = the grid operator's relay limits: the other contact of the same relay, beside `gridRelease`.
    case gridLimit = "grid-limit"
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
    /// Input, active = the pilot's positive half wave is above this: the window comparators, from the highest edge.
    case pilotAbove10500 = "pilot-above-10.5v"
    case pilotAbove7500 = "pilot-above-7.5v"
    case pilotAbove4500 = "pilot-above-4.5v"
    case pilotAbove1500 = "pilot-above-1.5v"
    case pilotAboveMinus1000 = "pilot-above-minus-1.0v"
    case pilotAboveMinus10500 = "pilot-above-minus-10.5v"
    /// Input, active = the pilot's negative half wave reaches -10 V or less.
    case pilotReachesMinus10000 = "pilot-reaches-minus-10.0v"

    /// The comparators of the positive half wave, from the lowest edge, as `ComparatorPattern` numbers them.
    static let comparators: [LineRole] = [
        .pilotAboveMinus10500, .pilotAboveMinus1000, .pilotAbove1500, .pilotAbove4500, .pilotAbove7500,
        .pilotAbove10500,
    ]

    /// Whether the board's software drives the line.
    public var isOutput: Bool {
        switch self {
        case .contactorEnable, .coilGate, .pilotRelay, .plugLock, .lockMotorClose, .lockMotorOpen, .residualTest,
            .phaseRelay, .ventilation,
            .pilotInvert, .pilotHighReset, .pilotLowReset, .pilotOutput, .availableLamp, .chargingLamp, .faultLamp:
            true
        default: false
        }
    }

    /// Whether current flows because the output is active.
    var closesContacts: Bool { self == .contactorEnable || self == .phaseRelay }

    /// What an input has to read once its wire is broken: what permits is then not there, what stops is. `nil` for an output, and
    /// where neither level is safe by itself, as that of one of two contacts which are compared.
    var levelOfBrokenWire: Bool? {
        switch self {
        case .gridRelease, .earth, .fanFeedback, .lockFeedback, .gateReadback: false
        case .emergencyStop, .residualDC, .residualAC: true
        default: nil
        }
    }

    /// Whether what the input says can open the contactor by the shortest persistence of all: nothing may delay it.
    var opensPromptly: Bool { isMomentary || Self.comparators.contains(self) || self == .pilotReachesMinus10000 }

    /// Whether a moment of the input may count: what opens at once, and by its edges also where it was shorter than the time between
    /// two looks.
    public var isMomentary: Bool {
        switch self {
        case .emergencyStop, .residualDC, .residualAC: true
        default: false
        }
    }
}
