/// What one feedback of the contactor says: the mirror contact of the coil, or the voltage on the load side.
public enum ContactFeedback: Sendable, BitwiseCopyable, Equatable {
    /// The contactor is open; the load side is dead.
    case open
    /// The contactor is closed; the load side is live.
    case closed
    /// The board has no such feedback, or cannot read it now.
    case unknown
}

/// What both feedbacks say together.
public enum ContactorObservation: Sendable, BitwiseCopyable, Equatable {
    /// Every known feedback says open.
    case open
    /// Every known feedback says closed.
    case closed
    /// One says open, the other closed.
    case contradictory
    /// No feedback is known.
    case unknown

    /// Joins the mirror contact and the load side's voltage.
    @_noLocks
    public init(mirrorContact: ContactFeedback, loadSide: ContactFeedback) {
        switch mirrorContact {
        case .open:
            switch loadSide {
            case .open, .unknown: self = .open
            case .closed: self = .contradictory
            }
        case .closed:
            switch loadSide {
            case .closed, .unknown: self = .closed
            case .open: self = .contradictory
            }
        case .unknown:
            switch loadSide {
            case .open: self = .open
            case .closed: self = .closed
            case .unknown: self = .unknown
            }
        }
    }
}
