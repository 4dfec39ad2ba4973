/// Who limits the current. The hardware's and the cable's limits are applied last, and nothing overrides them.
public enum LimitSource: Sendable, BitwiseCopyable, Equatable, CaseIterable {
    /// The session's grant.
    case session
    /// The cable: tethered, or by its proximity contact.
    case cable
    /// The charger's own rating.
    case hardware
}

/// Why a limit has its value.
public enum LimitReason: Sendable, BitwiseCopyable, Equatable {
    /// The board's configuration says so.
    case configured
    /// The cable's rating.
    case cableRating
    /// The cable is missing, shorted or of no known rating.
    case cableUnknown
    /// The grant's own limit.
    case grant
    /// No grant stands.
    case noGrant
    /// The limit's time ran out and its fail-safe holds.
    case expired
    /// No such limit was ever given; unknown is not safe.
    case missing
}
