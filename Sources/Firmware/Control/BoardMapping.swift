import BoardIO
import ChargeControl

extension ContactFeedback {
    /// The mirror contact, as the board reads it.
    init(_ contact: ContactState) {
        self =
            switch contact {
            case .open: .open
            case .closed: .closed
            case .unknown: .unknown
            }
    }

    /// The load side's voltage: live means closed.
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
    /// Both feedbacks of the contactor, as the board reads them.
    init(_ sample: BoardSample) {
        self.init(mirror: ContactFeedback(sample.contactorAuxiliary), load: ContactFeedback(sample.loadVoltage))
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
            pilot: pilot, contactorEnable: output.contactorEnable, lock: output.lock, pilotConnected: isConnected,
            residualSelfTest: output.residualTest)
    }
}
