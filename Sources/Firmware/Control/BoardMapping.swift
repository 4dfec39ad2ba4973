import BoardIO
import ChargeControl

extension ContactFeedback {
    /// A mirror contact, as the board reads it.
    init(_ contact: ContactState) {
        self =
            switch contact {
            case .open: .open
            case .closed: .closed
            case .unknown: .unknown
            }
    }

    /// The voltage behind a pole: live means closed.
    init(_ supply: SupplyState) {
        self =
            switch supply {
            case .dead: .open
            case .live: .closed
            case .unknown: .unknown
            }
    }
}

extension ChargeControl.ContactorFeedback {
    /// Both feedbacks of the contactor, pole by pole.
    init(_ sample: BoardSample) {
        self.init(
            mirror: ContactFeedback(sample.mirror), secondMirror: ContactFeedback(sample.secondMirror),
            firstLoad: ContactFeedback(sample.loadL1), secondLoad: ContactFeedback(sample.loadL2),
            thirdLoad: ContactFeedback(sample.loadL3))
    }
}

extension LockFeedback {
    /// The lock's feedback contact.
    init(_ lock: LockState) {
        self =
            switch lock {
            case .locked: .locked
            case .unlocked: .unlocked
            case .unknown: .unknown
            }
    }
}

extension GateState {
    /// The core's word for the gate: `nil` where it cannot be seen.
    var isHeld: Bool? {
        switch self {
        case .held: true
        case .dropped: false
        case .unknown: nil
        }
    }
}

extension EarthState {
    /// The core's word for protective earth: `nil` where it cannot be seen.
    var isPresent: Bool? {
        switch self {
        case .present: true
        case .missing: false
        case .unknown: nil
        }
    }
}

extension PhaseSelection {
    /// The phases that close along.
    init(_ mode: PhaseMode) {
        self =
            switch mode {
            case .single: .single
            case .three: .three
            }
    }
}

extension BoardOutputs {
    /// The core's outputs in the board's words.
    init(_ output: ControlOutput) {
        let pilot: PilotOutput
        var isConnected = true
        switch output.pilot {
        case .x1: pilot = .x1
        case .pwm(let highTime): pilot = .pwm(highTime: highTime)
        case .stateF: pilot = .off
        case .stateE:
            pilot = .x1
            isConnected = false
        }
        self.init(
            pilot: pilot, contactorEnable: output.contactorEnable, phases: PhaseSelection(output.phases),
            lock: output.lock, pilotConnected: isConnected, residualSelfTest: output.residualTest,
            ventilation: output.ventilation)
    }
}
