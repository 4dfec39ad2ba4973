public import Quantities

/// Which bound the energy limit of an authorization stands for; it names the reason in the end record.
public enum EnergyLimitCause: Sendable, BitwiseCopyable, Equatable {
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
    public var energyLimitCause: EnergyLimitCause
    /// The most current that it allows, per phase; `nil` for no limit of its own.
    public var currentLimit: Milliamps?
    /// From this moment it no longer holds; `nil` for none.
    public var deadline: MonotonicInstant?

    /// A grant.
    @_noLocks
    public init(
        slot: UInt32, energyLimit: MilliwattHours, energyLimitCause: EnergyLimitCause, currentLimit: Milliamps?,
        deadline: MonotonicInstant?
    ) {
        self.slot = slot
        self.energyLimit = energyLimit
        self.energyLimitCause = energyLimitCause
        self.currentLimit = currentLimit
        self.deadline = deadline
    }

    @_noLocks
    func isLimitedByDriver() -> Bool {
        switch energyLimitCause {
        case .grant: false
        case .driver: true
        }
    }
}
