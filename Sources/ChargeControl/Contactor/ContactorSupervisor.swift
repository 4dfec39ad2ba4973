import Quantities

/// Compares what the contactor was told with what its two feedbacks say.
struct ContactorSupervisor: Sendable, BitwiseCopyable {
    /// What the last output told it.
    private(set) var isCommandedClosed: Bool
    /// When the command last changed; `nil` before the first closing.
    private(set) var commandedSince: MonotonicInstant?
    private(set) var observation: ContactorObservation
    /// Since when the feedbacks prove it open after the last opening; `nil` while they do not.
    private(set) var provenOpenSince: MonotonicInstant?

    @_noLocks
    init() {
        isCommandedClosed = false
        commandedSince = nil
        observation = .unknown
        provenOpenSince = nil
    }

    /// Takes in the feedbacks of this step.
    @_noLocks
    mutating func observe(mirrorContact: ContactFeedback, loadSide: ContactFeedback, at now: MonotonicInstant) {
        observation = ContactorObservation(mirrorContact: mirrorContact, loadSide: loadSide)
        if case .open = observation, !isCommandedClosed {
            if provenOpenSince == nil { provenOpenSince = now }
        } else {
            provenOpenSince = nil
        }
    }

    /// Notes what this step's output tells the contactor.
    @_noLocks
    mutating func command(closed: Bool, at now: MonotonicInstant) {
        if closed != isCommandedClosed {
            isCommandedClosed = closed
            commandedSince = now
        }
        if closed { provenOpenSince = nil }
    }

    /// Told to be open, and a feedback says that it is not.
    @_noLocks
    func seemsWelded() -> Bool {
        if isCommandedClosed { return false }
        switch observation {
        case .closed, .contradictory: return true
        case .open, .unknown: return false
        }
    }

    /// Told to be closed, and a feedback says that it is not.
    @_noLocks
    func seemsNotClosed() -> Bool {
        if !isCommandedClosed { return false }
        switch observation {
        case .open, .contradictory: return true
        case .closed, .unknown: return false
        }
    }

    /// No feedback says anything.
    @_noLocks
    func isUnobserved() -> Bool {
        if case .unknown = observation { return true }
        return false
    }

    /// Whether a feedback forbids to close it now: it does not look open.
    @_noLocks
    func looksOpenOrUnobserved() -> Bool {
        switch observation {
        case .open, .unknown: true
        case .closed, .contradictory: false
        }
    }
}
