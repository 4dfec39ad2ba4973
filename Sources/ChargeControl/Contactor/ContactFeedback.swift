/// What one feedback of the contactor says: a mirror contact of a coil, or the voltage on the load side of a phase.
public enum ContactFeedback: Sendable, BitwiseCopyable, Equatable {
    /// The contact is open; the load side is dead.
    case open
    /// The contact is closed; the load side is live.
    case closed
    /// The board has no such feedback, or cannot read it now.
    case unknown

    /// Whether it says anything.
    @_noLocks
    func isKnown() -> Bool {
        switch self {
        case .open, .closed: true
        case .unknown: false
        }
    }
}

/// Both feedbacks of the contactor, pole by pole: they are independent, so that a lost one can be told from a weld.
public struct ContactorFeedback: Sendable, BitwiseCopyable, Equatable {
    /// The mirror contact of the contactor that switches L1 and N, and on a board without phase switching all poles.
    public var mirror: ContactFeedback
    /// The mirror contact of the contactor that switches L2 and L3, where phases are switched.
    public var secondMirror: ContactFeedback
    /// The voltage behind the contactor on L1.
    public var firstLoad: ContactFeedback
    /// On L2.
    public var secondLoad: ContactFeedback
    /// On L3.
    public var thirdLoad: ContactFeedback

    /// Nothing is known.
    public static var unknown: Self { @_noLocks get { Self(mirror: .unknown, load: .unknown) } }

    /// The same for all poles.
    @_noLocks
    public init(mirror: ContactFeedback, load: ContactFeedback) {
        self.mirror = mirror
        secondMirror = mirror
        firstLoad = load
        secondLoad = load
        thirdLoad = load
    }

    /// Pole by pole.
    @_noLocks
    public init(
        mirror: ContactFeedback, secondMirror: ContactFeedback, firstLoad: ContactFeedback,
        secondLoad: ContactFeedback, thirdLoad: ContactFeedback
    ) {
        self.mirror = mirror
        self.secondMirror = secondMirror
        self.firstLoad = firstLoad
        self.secondLoad = secondLoad
        self.thirdLoad = thirdLoad
    }
}
