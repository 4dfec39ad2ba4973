public import Quantities

/// Which bound a limit of an authorization stands for; it names the reason in the end record.
public enum LimitCause: Sendable, BitwiseCopyable, Equatable {
    /// What the grant pays for.
    case grant
    /// What the driver asked for.
    case driver
}

/// A grant that stands, as the core needs it.
public struct Authorization: Sendable, BitwiseCopyable, Equatable {
    /// Names the grant; another slot is another grant.
    public var slot: UInt32
    /// All the energy that it pays for. The core itself stops early enough (`EnergyMargin`).
    public var energyLimit: MilliwattHours
    /// What the energy limit stands for.
    public var energyLimitCause: LimitCause
    /// The most current that it allows, per phase; `nil` for no limit of its own.
    public var currentLimit: Milliamps?
    /// From this moment it no longer holds; `nil` for none. The core offers no more early enough for the car to stop.
    public var deadline: MonotonicInstant?
    /// What the deadline stands for.
    public var deadlineCause: LimitCause

    /// A grant.
    @_noLocks
    public init(
        slot: UInt32, energyLimit: MilliwattHours, energyLimitCause: LimitCause, currentLimit: Milliamps?,
        deadline: MonotonicInstant?, deadlineCause: LimitCause = .grant
    ) {
        self.slot = slot
        self.energyLimit = energyLimit
        self.energyLimitCause = energyLimitCause
        self.currentLimit = currentLimit
        self.deadline = deadline
        self.deadlineCause = deadlineCause
    }

    /// The reason for an end at the energy limit.
    @_noLocks
    func energyReason() -> StopReason {
        switch energyLimitCause {
        case .grant: .grantSpent
        case .driver: .energyLimit
        }
    }

    /// The reason for an end at the deadline.
    @_noLocks
    func deadlineReason() -> StopReason {
        switch deadlineCause {
        case .grant: .grantExpired
        case .driver: .timeLimit
        }
    }
}
