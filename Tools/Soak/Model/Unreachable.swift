public import ChargeControl

/// Why a row of the fault table cannot be raised in a phase.
public enum Unreachable {
    /// The reason, or `nil` where the row can be raised there.
    public static func reason(_ code: FaultCode, _ phase: SessionPhase) -> StaticString? {
        switch code {
        case .contactorNotClosed, .poleNotClosed:
            isClosed(phase) ? nil : "the contactor is told to be closed only while charging, stopping, and in tests"
        case .contactorWelded, .contactorNotOpened:
            isClosed(phase)
                ? "the contactor is told to be closed: that it does not open shows after it"
                : phase == .preparing ? "the first pole that is not proven open leads back to waiting" : nil
        case .pilotShorted, .pilotInvalid, .pilotNegative, .pilotStale:
            phase == .preparing ? "the first sample that is not the waiting car's leads back to waiting" : nil
        case .proximityFault: proximity(phase)
        case .overcurrent: phase == .charging ? nil : "judged only while the contactor is closed under PWM"
        case .diodeMissing:
            phase == .offering || phase == .charging ? nil : "the negative half wave is judged only under PWM"
        case .residualSelfTestFailed:
            phase == .idle || phase == .waiting || phase == .preparing
                ? nil : "the self-test runs only before a session"
        case .cableChanged, .lockLost:
            phase.isSessionOpen() ? nil : "a cable and a locked plug belong to an open session"
        case .lockFailed: lock(phase)
        case .unlockFailed:
            phase == .idle || phase == .waiting || phase == .ended ? nil : "the plug is to stay locked"
        case .contactorWorn:
            switch phase {
            case .waiting, .preparing, .beginning, .waking:
                "wear changes only with an operation, and stands from the first step after a restart"
            case .idle, .held, .offering, .switching, .charging, .stopping, .ending, .ended: nil
            }
        default: nil
        }
    }

    private static func proximity(_ phase: SessionPhase) -> StaticString? {
        switch phase {
        case .preparing: "a plug that codes no cable allows no current, which leads back to waiting"
        case .beginning, .held, .offering, .waking, .switching, .charging:
            "the changed cable is noticed first, and ends or stops the session"
        case .idle, .waiting, .stopping, .ending, .ended: nil
        }
    }

    private static func lock(_ phase: SessionPhase) -> StaticString? {
        switch phase {
        case .offering, .waking, .charging, .stopping:
            "the lost lock is noticed first: the phase is left before the attempts are over, 7 s later"
        // A plug that may be live stays locked outside a session, too.
        case .idle, .waiting, .ended, .preparing, .beginning, .held, .switching, .ending: nil
        }
    }

    private static func isClosed(_ phase: SessionPhase) -> Bool { phase == .charging || phase == .stopping }
}
