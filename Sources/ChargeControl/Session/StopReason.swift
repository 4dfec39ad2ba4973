/// Why a session ended.
public enum StopReason: Sendable, BitwiseCopyable, Equatable, CaseIterable {
    /// The car had stopped drawing before it was unplugged.
    case car
    /// The car was unplugged while it was drawing, or before it ever drew.
    case unplugged
    /// What the grant pays for is used up.
    case grantSpent
    /// The energy that the driver asked for is reached.
    case energyLimit
    /// The grant's deadline passed.
    case grantExpired
    /// The time that the driver asked for is over.
    case timeLimit
    /// The grant no longer stands.
    case grantWithdrawn
    /// The owner stopped it.
    case owner
    /// The firmware is shutting down.
    case shutdown
    /// A fault that does not clear itself.
    case fault
    /// The meter is not believed.
    case meterDistrust
    /// The begin record never became durable.
    case recordFailure
    /// The emergency stop.
    case emergencyStop
    /// The store of records is nearly full.
    case journalFull
}
