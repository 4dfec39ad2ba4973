import Quantities

// The fault table. Two places make a fault: here its number and its row, in `ChargeController+Detection.swift` what raises
// it; the compiler refuses one without the other. Order is rank: of two faults with the same effect the upper one is shown.
//
// Sources: docs/control-core.md, "The fault table"; persistence by "Opening and closing" there. A row says 5 samples over
// 20 ms for what the pilot tells, 2 over 5 ms for emergency stop and residual current.

/// The rows of the fault table by their numbers, which stand in records and never change their meaning.
public enum FaultCode: UInt16, Sendable, BitwiseCopyable, CaseIterable {
    /// The load side is live though the contactor is told to be open and may even say that it is: welded contacts.
    case contactorWelded = 301
    /// The contactor's mirror contact says closed though it is told to be open: it did not open.
    case contactorNotOpened = 304
    /// L2 or L3 carries current though only L1 is to be closed.
    case phasesUnbidden = 308
    /// Smooth direct residual current of 6 mA.
    case residualDirect = 202
    /// The residual-current monitor failed its self-test.
    case residualSelfTestFailed = 206
    /// The emergency stop was pressed.
    case emergencyStop = 201
    /// Alternating residual current of 30 mA.
    case residualAlternating = 203
    /// Protective earth is missing, or cannot be seen on a board that watches it.
    case earthMissing = 208
    /// A phase carries more than 1.25 times the hardware's rating.
    case overcurrentHardware = 205
    /// The contactor did not close.
    case contactorNotClosed = 302
    /// The contactor closed, and the load side of a phase is dead: a pole does not conduct, or the phase is missing.
    case poleNotClosed = 305
    /// The contactor's position cannot be seen.
    case contactorUnobserved = 303
    /// The pilot is shorted to protective earth (state E).
    case pilotShorted = 102
    /// The pilot's voltage is of no known level.
    case pilotInvalid = 101
    /// The pilot is negative, not by the charger's doing (state F).
    case pilotNegative = 103
    /// The car's diode is missing or shorted.
    case diodeMissing = 106
    /// The mains is above 1.15 of its nominal voltage.
    case overvoltage = 212
    /// The mains is below half of its nominal voltage.
    case undervoltageDeep = 211
    /// The mains is below 0.80 of its nominal voltage.
    case undervoltage = 210
    /// The enclosure is open.
    case enclosureOpen = 408
    /// The board's own supply is failing.
    case brownOut = 404
    /// The coil gate reads dropped though it is being pulsed.
    case gateLost = 403
    /// The pilot's samples stopped coming.
    case pilotStale = 104
    /// The control loop stood still for more than 40 ms.
    case loopStalled = 401
    /// The car needs ventilation (state D), and there is none.
    case ventilationMissing = 105
    /// A phase carries more than was offered.
    case overcurrent = 204
    /// The electronics are too hot.
    case overTemperature = 405
    /// The plug is too hot.
    case plugOverTemperature = 406
    /// The cable changed during a session.
    case cableChanged = 601
    /// The plug's coding resistor is shorted or of no known cable.
    case proximityFault = 605
    /// The plug could not be locked.
    case lockFailed = 602
    /// The lock opened in a session.
    case lockLost = 604
    /// The mains voltage cannot be seen on a charger that watches it.
    case voltageUnknown = 213
    /// The meter answers, and what it answers is not believed.
    case meterDistrusted = 505
    /// Records cannot be made durable.
    case recordsFailed = 503
    /// The meter has been silent for 10 s.
    case meterLost = 502
    /// The plug could not be unlocked.
    case unlockFailed = 603
    /// A temperature sensor is missing, frozen or out of its range; current is reduced to 6 A.
    case temperatureUnknown = 407
    /// One of two feedbacks of the contactor cannot be seen.
    case contactorFeedbackLost = 306
    /// The contactor's life is used up.
    case contactorWorn = 307
    /// The residual-current monitor's self-test is overdue.
    case residualSelfTestOverdue = 207
    /// Room is left only for ending what runs.
    case recordsNearlyFull = 504
    /// The meter has been silent for 3 s.
    case meterSilent = 501
    /// The control loop is often late.
    case loopLate = 402
}

// Data, and long because the table is: one case a row.
extension FaultCode {
    /// The row of this fault on a charger of this configuration.
    public func row(for configuration: ControlConfiguration) -> FaultRow {
        let bench = configuration.benchBoard && configuration.benchAllowed
        return switch self {
        // MARK: Contactor
        case .contactorWelded:
            FaultRow(
                .open(after: 5, .milliseconds(300), latch: .technician).signallingF(),
                "The contactor did not open. Do not touch the plug; call the operator.",
                mrec: "MREC17EVSEContactorFault", ocpp: "PowerSwitchFailure")
        case .contactorNotOpened:
            FaultRow(
                .open(after: 5, .milliseconds(300), latch: .technician).signallingF(),
                "The contactor is stuck. Do not touch the plug; call the operator.",
                mrec: "MREC17EVSEContactorFault", ocpp: "PowerSwitchFailure")
        case .phasesUnbidden:
            FaultRow(
                .open(after: 5, .milliseconds(300), latch: .technician).signallingF(),
                "The phase contactor did not open. Do not touch the plug; call the operator.",
                mrec: "MREC17EVSEContactorFault", ocpp: "PowerSwitchFailure")
        case .contactorNotClosed:
            FaultRow(
                .open(after: 5, .milliseconds(300), latch: .session).retrying(1, every: .seconds(30)).signallingF(),
                "The contactor did not close. Unplug and try again.",
                mrec: "MREC17EVSEContactorFault", ocpp: "PowerSwitchFailure")
        case .poleNotClosed:
            FaultRow(
                .open(after: 5, .milliseconds(300), latch: .session).retrying(1, every: .seconds(30)).signallingF(),
                "A phase is dead behind the closed contactor. Unplug and try again.",
                mrec: "MREC17EVSEContactorFault", ocpp: "PowerSwitchFailure")
        case .contactorUnobserved:
            // A bench board may have no feedback; any other may not close without one.
            FaultRow(
                (bench ? FaultRule.warn(after: 5, .seconds(1)) : .open(after: 5, .seconds(1), latch: .none))
                    .clearing(after: .seconds(1)),
                "The contactor's position cannot be seen.", mrec: "VendorError", ocpp: "PowerSwitchFailure")
        case .contactorFeedbackLost:
            FaultRow(
                .warn(after: 5, .seconds(1)).clearing(after: .seconds(1)),
                "One feedback of the contactor cannot be seen.", mrec: "VendorWarning", ocpp: "PowerSwitchFailure")
        case .contactorWorn:
            FaultRow(
                .warn(after: 1, .zero), "The contactor is due for replacement.",
                mrec: "VendorWarning", ocpp: "PowerSwitchFailure")
        // MARK: Pilot
        case .pilotShorted:
            FaultRow(
                .open(after: 5, .milliseconds(20), latch: .session).retrying(3, every: .seconds(30)).signallingF(),
                "The pilot line is shorted. Unplug and check the cable.",
                mrec: "MREC14PilotFault", ocpp: "EVCommunicationError")
        case .pilotInvalid:
            FaultRow(
                .open(after: 5, .milliseconds(20), latch: .session).retrying(3, every: .seconds(30)).signallingF(),
                "The pilot line has no valid level. Unplug and check the cable.",
                mrec: "MREC14PilotFault", ocpp: "EVCommunicationError")
        case .pilotNegative:
            FaultRow(
                .open(after: 5, .milliseconds(20), latch: .session).retrying(3, every: .seconds(30)),
                "The pilot line is negative. Unplug and try again.", mrec: "MREC14PilotFault", ocpp: "InternalError")
        case .pilotStale:
            FaultRow(
                .open(after: 5, .milliseconds(20), latch: .none).clearing(after: .seconds(1)),
                "The pilot line is not being measured.", mrec: "CommunicationFault", ocpp: "InternalError")
        case .diodeMissing:
            FaultRow(
                .open(after: 5, .milliseconds(500), latch: .session).blocking(.seconds(30)).signallingF(),
                "The car's pilot diode was not found. Unplug the car.", mrec: "DiodeFault",
                ocpp: "EVCommunicationError")
        case .ventilationMissing:
            FaultRow(
                .open(after: 5, .milliseconds(20), latch: .none).clearing(after: .seconds(3)),
                "The car needs ventilation; there is none here.", mrec: "VentilationNotAvailable",
                ocpp: "EVCommunicationError")
        // MARK: Protection
        case .residualDirect:
            FaultRow(
                .open(after: 2, .milliseconds(5), latch: .selfTest).signallingF(),
                "Direct residual current was found. Call the operator.", mrec: "MREC2GroundFailure",
                ocpp: "GroundFailure")
        case .residualSelfTestFailed:
            FaultRow(
                .open(after: 1, .zero, latch: .selfTest),
                "The residual-current monitor failed its test. Call the operator.", mrec: "MREC2GroundFailure",
                ocpp: "GroundFailure")
        case .residualAlternating:
            FaultRow(
                .open(after: 2, .milliseconds(5), latch: .sessionAndReset)
                    .retrying(3, every: .seconds(300), notWithinClosing: .seconds(2)).signallingF(),
                "Residual current was found. Check the car and the cable.", mrec: "MREC2GroundFailure",
                ocpp: "GroundFailure")
        case .residualSelfTestOverdue:
            FaultRow(
                .warn(after: 1, .zero), "The residual-current monitor is due for its test.", mrec: "VendorWarning",
                ocpp: "GroundFailure")
        case .emergencyStop:
            FaultRow(
                .open(after: 2, .milliseconds(5), latch: .localReset).signallingF(),
                "The emergency stop was pressed. Release it and reset the charger.", mrec: "MREC8EmergencyStop",
                ocpp: "OtherError")
        case .earthMissing:
            FaultRow(
                .open(after: 5, .milliseconds(500), latch: .none).retrying(6, every: .seconds(300))
                    .clearing(after: .seconds(10)).blocking(.seconds(30)).signallingF(),
                "Protective earth is missing. Call an electrician.", mrec: "MREC2GroundFailure",
                ocpp: "GroundFailure")
        case .enclosureOpen:
            FaultRow(
                .open(after: 5, .milliseconds(500), latch: .none).clearing(after: .seconds(10)).blocking(.seconds(30)),
                "The charger's enclosure is open.", mrec: "DoorOpen", ocpp: "OtherError")
        // MARK: Mains and heat
        case .overcurrentHardware:
            FaultRow(
                .open(after: 5, .milliseconds(200), latch: .none).clearing(after: .seconds(60)).signallingF(),
                "The car draws more than the charger can carry.", mrec: "MREC4OverCurrentFailure",
                ocpp: "OverCurrentFailure")
        case .overcurrent:
            FaultRow(
                .stop(after: 5, .seconds(7), latch: .session).retrying(3, every: .seconds(30)),
                "The car draws more than it was offered.", mrec: "MREC4OverCurrentFailure",
                ocpp: "OverCurrentFailure")
        case .overvoltage:
            FaultRow(
                .open(after: 5, .seconds(1), latch: .none).clearing(after: .seconds(60)).randomisingRestart(),
                "The mains voltage is too high.", mrec: "MREC5OverVoltage", ocpp: "OverVoltage")
        case .undervoltageDeep:
            FaultRow(
                .open(after: 5, .milliseconds(200), latch: .none).clearing(after: .seconds(60)).randomisingRestart(),
                "The mains has failed.", mrec: "MREC15PowerLoss", ocpp: "UnderVoltage")
        case .undervoltage:
            FaultRow(
                .open(after: 5, .seconds(3), latch: .none).clearing(after: .seconds(60)).randomisingRestart(),
                "The mains voltage is too low.", mrec: "MREC6UnderVoltage", ocpp: "UnderVoltage")
        case .voltageUnknown:
            FaultRow(
                .stop(after: 5, .seconds(10), latch: .none).clearing(after: .seconds(1)),
                "The mains voltage cannot be measured; charging is paused.", mrec: "CommunicationFault",
                ocpp: "PowerMeterFailure")
        case .overTemperature:
            FaultRow(
                .stop(after: 5, .seconds(1), latch: .none).clearing(after: .seconds(1)),
                "The charger is too hot; charging is paused.", mrec: "MREC3HighTemperature", ocpp: "HighTemperature")
        case .plugOverTemperature:
            FaultRow(
                .stop(after: 5, .seconds(1), latch: .none).clearing(after: .seconds(1)),
                "The plug is too hot; charging is paused.", mrec: "MREC19CableOverTempStop", ocpp: "HighTemperature")
        case .temperatureUnknown:
            FaultRow(
                .warn(after: 5, .seconds(1)).clearing(after: .seconds(1)),
                "A temperature cannot be measured; the current is reduced.", mrec: "VendorWarning",
                ocpp: "HighTemperature")
        // MARK: Plug
        case .cableChanged:
            FaultRow(
                .stop(after: 5, .milliseconds(20), latch: .session),
                "The cable in the socket changed. Unplug and plug it in again.", mrec: "MREC23ProximityFault",
                ocpp: "ConnectorLockFailure")
        case .proximityFault:
            FaultRow(
                .stop(after: 5, .milliseconds(500), latch: .none).clearing(after: .seconds(1)),
                "The cable's coding cannot be read. Try another cable.", mrec: "MREC23ProximityFault",
                ocpp: "ConnectorLockFailure")
        case .lockFailed:
            FaultRow(
                .stop(after: 1, .zero, latch: .session),
                "The plug could not be locked. Unplug and try again.", mrec: "MREC1ConnectorLockFailure",
                ocpp: "ConnectorLockFailure")
        case .lockLost:
            FaultRow(
                .stop(after: 5, .milliseconds(75), latch: .session).retrying(3, every: .seconds(30)),
                "The plug's lock opened during charging.", mrec: "MREC1ConnectorLockFailure",
                ocpp: "ConnectorLockFailure")
        case .unlockFailed:
            FaultRow(
                .warn(after: 1, .zero), "The plug could not be unlocked.", mrec: "MREC1ConnectorLockFailure",
                ocpp: "ConnectorLockFailure")
        // MARK: The device itself. A silent meter's condition is an age; the table adds no persistence to it.
        case .gateLost:
            FaultRow(
                .open(after: 5, .milliseconds(250), latch: .none).clearing(after: .seconds(1)),
                "The charger's coil gate does not hold.", mrec: "VendorError", ocpp: "InternalError")
        case .brownOut:
            FaultRow(
                .open(after: 2, .milliseconds(5), latch: .none).clearing(after: .seconds(3)),
                "The charger's own supply is failing.", mrec: "BrownOut", ocpp: "InternalError")
        case .loopStalled:
            // Cleared without limit on a simulated or emulated board, three times elsewhere.
            FaultRow(
                FaultRule.open(after: 1, .zero, latch: .none).clearing(after: .seconds(1))
                    .retrying(configuration.simulatedBoard ? .unlimited : .limited(3)),
                "The charger's control loop stood still.", mrec: "VendorError", ocpp: "InternalError")
        case .loopLate:
            FaultRow(
                .warn(after: 1, .zero).clearing(after: .seconds(1)), "The charger's control loop is often late.",
                mrec: "VendorWarning", ocpp: "InternalError")
        case .meterDistrusted:
            FaultRow(
                .stop(after: 1, .zero, latch: .session), "The meter's readings are not believed.",
                mrec: "VendorError", ocpp: "PowerMeterFailure")
        case .meterLost:
            FaultRow(
                .stop(after: 1, .zero, latch: .none).clearing(after: .seconds(1)),
                "The meter does not answer; charging is paused.", mrec: "CommunicationFault",
                ocpp: "PowerMeterFailure")
        case .meterSilent:
            FaultRow(
                .warn(after: 1, .zero), "The meter is slow to answer.", mrec: "VendorWarning",
                ocpp: "PowerMeterFailure")
        case .recordsFailed:
            FaultRow(
                .stop(after: 1, .zero, latch: .none).clearing(after: .seconds(1)),
                "The charger cannot store records; charging is paused.", mrec: "VendorError", ocpp: "InternalError")
        case .recordsNearlyFull:
            FaultRow(
                .warn(after: 1, .zero), "The charger's store of records is nearly full.", mrec: "VendorWarning",
                ocpp: "InternalError")
        }
    }
}
