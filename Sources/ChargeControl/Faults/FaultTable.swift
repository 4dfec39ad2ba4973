import Quantities

/// The fault table. Order is rank: of two faults with the same effect the upper one is shown.
///
/// Values: iec61851 fact sheet sections 5 to 9, 11, 14 and 20; persistence by DECISIONS, "Opening and closing".
enum FaultTable {
    /// The table for a board.
    ///
    /// On a simulated board a stalled loop clears without limit; elsewhere three times. A bench board may have no feedback
    /// of its contactor; any other may not close without one.
    static func rows(simulatedBoard: Bool, bench: Bool) -> FaultRows {
        [
            contactorWelded, residualDirect, emergencyStop, residualAlternating, contactorNotClosed,
            contactorUnobserved(effect: bench ? .warn : .open), pilotShorted, pilotInvalid, pilotNegative,
            diodeMissing, overcurrent, pilotStale, loopStalled(retries: simulatedBoard ? .unlimited : .limited(3)),
            ventilationMissing, cableChanged, recordsFailed, meterLost, meterSilent, loopLate,
        ]
    }

    private static var contactorWelded: FaultRow {
        FaultRow(
            .contactorWelded, raisedBy: .contactorClosedUnbidden, heldBy: .contactorClosedUnbidden,
            samples: 5, span: .milliseconds(300), effect: .open, latch: .permanent, retries: .limited(0),
            clearAfter: .zero, retryDelay: .zero, noRetryWithinClosing: .zero,
            text: "The contactor did not open. Do not touch the plug; call the operator.",
            reportingCode: "PowerSwitchFailure")
    }

    private static var residualDirect: FaultRow {
        FaultRow(
            .residualDirect, raisedBy: .residualDirect, heldBy: .residualDirect,
            samples: 2, span: .milliseconds(5), effect: .open, latch: .permanent, retries: .limited(0),
            clearAfter: .zero, retryDelay: .zero, noRetryWithinClosing: .zero,
            text: "Direct residual current was found. Call the operator.", reportingCode: "GroundFailure")
    }

    private static var emergencyStop: FaultRow {
        FaultRow(
            .emergencyStop, raisedBy: .emergencyStop, heldBy: .emergencyStop,
            samples: 2, span: .milliseconds(5), effect: .open, latch: .localReset, retries: .limited(0),
            clearAfter: .zero, retryDelay: .zero, noRetryWithinClosing: .zero,
            text: "The emergency stop was pressed. Release it and reset the charger.", reportingCode: "OtherError")
    }

    private static var residualAlternating: FaultRow {
        FaultRow(
            .residualAlternating, raisedBy: .residualAlternating, heldBy: .residualAlternating,
            samples: 2, span: .milliseconds(5), effect: .open, latch: .sessionAndReset, retries: .limited(3),
            clearAfter: .seconds(1), retryDelay: .seconds(300), noRetryWithinClosing: .seconds(2),
            text: "Residual current was found. Check the car and the cable.", reportingCode: "GroundFailure")
    }

    private static var contactorNotClosed: FaultRow {
        FaultRow(
            .contactorNotClosed, raisedBy: .contactorOpenUnbidden, heldBy: .contactorOpenUnbidden,
            samples: 5, span: .milliseconds(300), effect: .open, latch: .session, retries: .limited(1),
            clearAfter: .seconds(1), retryDelay: .seconds(30), noRetryWithinClosing: .zero,
            text: "The contactor did not close. Unplug and try again.", reportingCode: "PowerSwitchFailure")
    }

    private static func contactorUnobserved(effect: FaultEffect) -> FaultRow {
        FaultRow(
            .contactorUnobserved, raisedBy: .contactorUnobserved, heldBy: .contactorUnobserved,
            samples: 5, span: .seconds(1), effect: effect, latch: .none, retries: .unlimited,
            clearAfter: .seconds(1), retryDelay: .zero, noRetryWithinClosing: .zero,
            text: "The contactor's position cannot be seen.", reportingCode: "PowerSwitchFailure")
    }

    private static var pilotShorted: FaultRow {
        FaultRow(
            .pilotShorted, raisedBy: .pilotShorted, heldBy: .pilotShorted.with(.pilotStale),
            samples: 5, span: .milliseconds(20), effect: .open, latch: .session, retries: .limited(3),
            clearAfter: .seconds(1), retryDelay: .seconds(30), noRetryWithinClosing: .zero,
            text: "The pilot line is shorted. Unplug and check the cable.", reportingCode: "EVCommunicationError")
    }

    private static var pilotInvalid: FaultRow {
        FaultRow(
            .pilotInvalid, raisedBy: .pilotInvalid, heldBy: .pilotInvalid.with(.pilotStale),
            samples: 5, span: .milliseconds(20), effect: .open, latch: .session, retries: .limited(3),
            clearAfter: .seconds(1), retryDelay: .seconds(30), noRetryWithinClosing: .zero,
            text: "The pilot line has no valid level. Unplug and check the cable.",
            reportingCode: "EVCommunicationError")
    }

    private static var pilotNegative: FaultRow {
        FaultRow(
            .pilotNegative, raisedBy: .pilotNegative, heldBy: .pilotNegative.with(.pilotStale),
            samples: 5, span: .milliseconds(20), effect: .open, latch: .session, retries: .limited(3),
            clearAfter: .seconds(1), retryDelay: .seconds(30), noRetryWithinClosing: .zero,
            text: "The pilot line is negative. Unplug and try again.", reportingCode: "InternalError")
    }

    private static var diodeMissing: FaultRow {
        FaultRow(
            .diodeMissing, raisedBy: .diodeMissing, heldBy: .diodeMissing.with(.pilotStale),
            samples: 5, span: .milliseconds(500), effect: .open, latch: .session, retries: .limited(0),
            clearAfter: .zero, retryDelay: .zero, noRetryWithinClosing: .zero,
            text: "The car's pilot diode was not found. Unplug the car.", reportingCode: "EVCommunicationError")
    }

    private static var overcurrent: FaultRow {
        FaultRow(
            .overcurrent, raisedBy: .overcurrent, heldBy: .overcurrent,
            samples: 5, span: .seconds(7), effect: .stop, latch: .session, retries: .limited(3),
            clearAfter: .seconds(1), retryDelay: .seconds(30), noRetryWithinClosing: .zero,
            text: "The car draws more than it was offered.", reportingCode: "OverCurrentFailure")
    }

    private static var pilotStale: FaultRow {
        FaultRow(
            .pilotStale, raisedBy: .pilotStale, heldBy: .pilotStale,
            samples: 5, span: .milliseconds(20), effect: .open, latch: .none, retries: .unlimited,
            clearAfter: .seconds(1), retryDelay: .zero, noRetryWithinClosing: .zero,
            text: "The pilot line is not being measured.", reportingCode: "InternalError")
    }

    private static func loopStalled(retries: AutomaticRetries) -> FaultRow {
        FaultRow(
            .loopStalled, raisedBy: .periodStalled, heldBy: .periodStalled.with(.periodLate),
            samples: 1, span: .zero, effect: .open, latch: .none, retries: retries,
            clearAfter: .seconds(1), retryDelay: .zero, noRetryWithinClosing: .zero,
            text: "The charger's control loop stood still.", reportingCode: "InternalError")
    }

    private static var ventilationMissing: FaultRow {
        FaultRow(
            .ventilationMissing, raisedBy: .ventilationMissing, heldBy: .ventilationMissing.with(.pilotStale),
            samples: 5, span: .milliseconds(20), effect: .open, latch: .none, retries: .unlimited,
            clearAfter: .seconds(3), retryDelay: .zero, noRetryWithinClosing: .zero,
            text: "The car needs ventilation; this charger has none.", reportingCode: "EVCommunicationError")
    }

    private static var cableChanged: FaultRow {
        FaultRow(
            .cableChanged, raisedBy: .cableChanged, heldBy: .cableChanged,
            samples: 5, span: .milliseconds(20), effect: .stop, latch: .session, retries: .limited(0),
            clearAfter: .zero, retryDelay: .zero, noRetryWithinClosing: .zero,
            text: "The cable in the socket changed. Unplug and plug it in again.", reportingCode: "ConnectorLockFailure"
        )
    }

    private static var recordsFailed: FaultRow {
        FaultRow(
            .recordsFailed, raisedBy: .recordsFailed, heldBy: .recordsFailed,
            samples: 1, span: .zero, effect: .stop, latch: .none, retries: .unlimited,
            clearAfter: .seconds(1), retryDelay: .zero, noRetryWithinClosing: .zero,
            text: "The charger cannot store records; charging is paused.", reportingCode: "InternalError")
    }

    // The condition itself is an age; the table adds no persistence to it.
    private static var meterLost: FaultRow {
        FaultRow(
            .meterLost, raisedBy: .meterLost, heldBy: .meterLost.with(.meterSilent),
            samples: 1, span: .zero, effect: .stop, latch: .none, retries: .unlimited,
            clearAfter: .seconds(1), retryDelay: .zero, noRetryWithinClosing: .zero,
            text: "The meter does not answer; charging is paused.", reportingCode: "PowerMeterFailure")
    }

    private static var meterSilent: FaultRow {
        FaultRow(
            .meterSilent, raisedBy: .meterSilent, heldBy: .meterSilent,
            samples: 1, span: .zero, effect: .warn, latch: .none, retries: .unlimited,
            clearAfter: .zero, retryDelay: .zero, noRetryWithinClosing: .zero,
            text: "The meter is slow to answer.", reportingCode: "PowerMeterFailure")
    }

    private static var loopLate: FaultRow {
        FaultRow(
            .loopLate, raisedBy: .periodsOftenLate, heldBy: .periodsOftenLate.with(.periodLate),
            samples: 1, span: .zero, effect: .warn, latch: .none, retries: .unlimited,
            clearAfter: .seconds(1), retryDelay: .zero, noRetryWithinClosing: .zero,
            text: "The charger's control loop is often late.", reportingCode: "InternalError")
    }
}
