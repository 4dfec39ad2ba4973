public import ChargeControl

/// Why a row of the fault table cannot be raised in a phase.
public enum Unreachable {
    /// The reason, or `nil` where the row can be raised there.
    public static func reason(_ code: FaultCode, _ phase: SessionPhase) -> StaticString? {
        switch code {
        case .contactorNotClosed, .poleNotClosed:
            isClosed(phase) ? nil : "the contactor is told to be closed only while charging and stopping"
        case .contactorWelded, .contactorNotOpened:
            // Before charging it forbids the session to go on, so the phase is left or never entered.
            isClosed(phase) ? "the contactor is told to be closed: that it does not open shows after it" : nil
        case .overcurrent: phase == .charging ? nil : "judged only while the contactor is closed under PWM"
        case .diodeMissing:
            phase == .offering || phase == .charging ? nil : "the negative half wave is judged only under PWM"
        case .residualSelfTestFailed:
            phase == .idle || phase == .waiting || phase == .preparing
                ? nil : "the self-test runs only before a session"
        case .cableChanged, .lockLost:
            phase.isSessionOpen() ? nil : "a cable and a locked plug belong to an open session"
        case .lockFailed:
            phase == .idle || phase == .waiting || phase == .ended ? "the plug is to be locked only in a session" : nil
        case .unlockFailed:
            phase == .idle || phase == .waiting || phase == .ended ? nil : "the plug is to stay locked"
        case .contactorWorn:
            phase == .waiting || phase == .preparing || phase == .beginning
                ? "wear changes only with an operation, and stands from the first step after a restart" : nil
        default: nil
        }
    }

    private static func isClosed(_ phase: SessionPhase) -> Bool { phase == .charging || phase == .stopping }
}
