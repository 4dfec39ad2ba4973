public import Quantities

/// What may be tested in service mode, and for how long.
public enum ServiceTest: Sendable, BitwiseCopyable, Equatable {
    /// Nothing; a test that runs is called off.
    case none
    /// The contactor is closed for so long, at most `contactorLimit`, and watched while it opens.
    case contactor(Nanoseconds)
    /// The socket's lock is driven to locked and back, within so long altogether, at most `lockLimit`.
    case lock(Nanoseconds)
    /// The lamps show a pattern for so long, at most `lampLimit`.
    case lamps(LampPattern, Nanoseconds)

    /// The longest time for which a test closes the contactor.
    public static var contactorLimit: Nanoseconds { @_noLocks get { .seconds(2) } }
    /// The longest test of the lock.
    public static var lockLimit: Nanoseconds { @_noLocks get { .seconds(5) } }
    /// The longest test of the lamps.
    public static var lampLimit: Nanoseconds { @_noLocks get { .seconds(60) } }

    /// Whether it asks for a time that its limit allows.
    @_noLocks
    public func isWithinLimit() -> Bool {
        switch self {
        case .none: false
        case .contactor(let time): time > .zero && time <= Self.contactorLimit
        case .lock(let time): time > .zero && time <= Self.lockLimit
        case .lamps(_, let time): time > .zero && time <= Self.lampLimit
        }
    }

    /// Whether nothing is asked for.
    @_noLocks
    func isNone() -> Bool {
        switch self {
        case .none: true
        case .contactor, .lock, .lamps: false
        }
    }
}
