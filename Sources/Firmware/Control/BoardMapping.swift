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
            pilot: pilot, contactorEnable: output.contactorEnable, lock: output.lock, pilotConnected: isConnected)
    }
}
