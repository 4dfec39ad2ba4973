import BoardIO
import ChargeControl
import Quantities

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
            ventilation: output.ventilation, indication: Indication(output))
    }
}

extension Indication {
    /// What the core's step says to who stands before the charger.
    init(_ output: ControlOutput) {
        if let pattern = output.service.lamps {
            self = Indication(pattern)
        } else if output.display.fault != nil {
            self = .fault
        } else if output.contactorEnable {
            self = .charging
        } else if output.display.phase.isSessionOpen() || output.display.level != .a {
            self = .connected
        } else {
            self = .available
        }
    }
}

extension ControlInput {
    /// Contacts that were read longer ago say nothing about the present: the board's thread hangs, or a device makes it slow.
    static let contactValidity = Nanoseconds.milliseconds(50)

    /// Takes over everything that the board senses.
    ///
    /// Contacts that are old are unknown, and with them there is no pilot, however young: the contactor opens, and what it did since
    /// is not judged by what it was. What latches (emergency stop, residual current) stays as it was read.
    mutating func take(_ sample: BoardSample, at now: MonotonicInstant) {
        let areContactsKnown = now - sample.at <= Self.contactValidity
        // A pilot that does not say what it was told is no pilot: the car may believe another current.
        let isPilotKnown = sample.pilotValid && !sample.outputFault && areContactsKnown
        pilot = isPilotKnown ? PilotSample(high: sample.pilotHigh, low: sample.pilotLow, at: sample.pilotAt) : nil
        contactor = areContactsKnown ? ChargeControl.ContactorFeedback(sample) : .unknown
        currents = PhaseCurrents(first: sample.currentL1, second: sample.currentL2, third: sample.currentL3)
        mains = MainsVoltages(
            first: sample.voltageL1, second: sample.voltageL2, third: sample.voltageL3, frequency: sample.frequency)
        boardTemperature = sample.boardTemperature
        plugTemperature = sample.plugTemperature
        earthPresent = sample.earth.isPresent
        enclosureOpen = sample.enclosureOpen
        supplyLow = sample.supplyLow
        gateHeld = sample.gate.isHeld
        lock = LockFeedback(sample.lock)
        fanRuns = sample.fanRuns
        emergencyStop = sample.emergencyStop
        residualDirect = sample.residualDC
        residualAlternating = sample.residualAC
        proximity = sample.proximity
        localReset = sample.localReset
    }
}

extension ControlOptions {
    /// What the board has, and how the installer wants it used.
    ///
    /// - Parameter seed: another number for each connector in the world: it draws the random delays.
    init(_ profile: BoardProfile, _ charging: FirmwareConfiguration.Charging, seed: UInt64) {
        self.init()
        hasPilotRelay = profile.hasPilotRelay
        hasVentilation = profile.hasVentilation
        hasLock = profile.hasPlugLock
        hasResidualTest = profile.hasResidualTest
        switchesPhases = profile.hasPhaseSwitching
        hasBothFeedbacks = profile.hasBothFeedbacks
        hasGateReadback = profile.hasGateReadback
        watchesEarth = profile.watchesEarth
        watchesVoltage = profile.watchesVoltage
        hasBoardTemperature = profile.hasBoardTemperature
        hasPlugTemperature = profile.hasPlugTemperature
        wakeUp = charging.wakeUp
        stateFPulse = charging.stateFPulse
        phaseSwitchPause = charging.phaseSwitchPause
        singlePhaseMaximum = charging.singlePhaseMaximum
        randomRestartDelay = charging.restartDelay
        randomSeed = seed
    }
}
