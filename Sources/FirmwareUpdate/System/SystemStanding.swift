/// Where an image of the operating system stands on its way.
public enum SystemStanding: Equatable, Sendable {
    /// None is on its way.
    case none
    /// One waits to be activated.
    case staged
    /// The installer writes it: 0 to 100 percent, and what is being done.
    case installing(percent: UInt8, step: String)
    /// The machine has to start again; the charger's state says when it may.
    case restartDue
    /// The machine runs from it, unconfirmed.
    case onTrial
    /// The installer does not say. Nothing is decided until it does.
    case unknown(String)
}

/// What the updater tells of the operating system's images.
public struct SystemStatus: Equatable, Sendable {
    public var standing: SystemStanding
    public var counterFloor: UInt32
    /// The image that is on its way; nil without one.
    public var candidate: SystemRecord.Candidate?
    /// What its trial is excused from.
    public var excused: ConfirmConditions
    /// How the one before ended.
    public var outcome: SystemRecord.Outcome?

    public init(
        standing: SystemStanding, counterFloor: UInt32, candidate: SystemRecord.Candidate?,
        excused: ConfirmConditions = [], outcome: SystemRecord.Outcome? = nil
    ) {
        self.standing = standing
        self.counterFloor = counterFloor
        self.candidate = candidate
        self.excused = excused
        self.outcome = outcome
    }

    init(_ record: SystemRecord, standing: SystemStanding) {
        var candidate = record.transaction?.candidate
        if case .staged(let staged) = record.phase { candidate = staged }
        self.init(
            standing: standing, counterFloor: record.counterFloor, candidate: candidate,
            excused: record.transaction?.excused ?? [], outcome: record.outcome)
    }
}
