/// Where a charging session stands.
public enum SessionPhase: Sendable, BitwiseCopyable, Equatable, CaseIterable {
    /// No car.
    case idle
    /// A car is plugged in; nothing that stands authorises it.
    case waiting
    /// Authorised; a meter reading taken after that is awaited. x1.
    case preparing
    /// The begin record was asked for and is not yet durable. x1.
    case beginning
    /// The session is open and nothing is offered: the contactor is open, the pilot at x1.
    case held
    /// The session is open and current is offered; the car does not take it.
    case offering
    /// A sleeping car is being woken: the charger holds the pilot at E or F, then at x1 for a moment.
    case waking
    /// The phases are being switched: the contactor is open, the pilot at x1, and for its last part cut.
    case switching
    /// The contactor is closed.
    case charging
    /// The pilot is back at x1; the contactor waits for the car to stop, at most 6 s.
    case stopping
    /// The contactor is told to open; the final reading is awaited.
    case ending
    /// The session is over; an unplug or another grant is awaited.
    case ended

    /// Whether a begin was recorded and its end was not.
    @_noLocks
    public func isSessionOpen() -> Bool {
        switch self {
        case .beginning, .held, .offering, .waking, .switching, .charging, .stopping, .ending: true
        case .idle, .waiting, .preparing, .ended: false
        }
    }
}

extension SessionPhase {
    /// Whether the contactor's opening in this phase leaves the session open: a pause.
    @_noLocks
    func isPausing() -> Bool {
        switch self {
        case .held, .offering, .waking, .switching: true
        case .idle, .waiting, .preparing, .beginning, .charging, .stopping, .ending, .ended: false
        }
    }
}
