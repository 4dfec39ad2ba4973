public import Quantities

/// One limit on the current: its value, why, and until when it holds.
public struct CurrentLimit: Sendable, BitwiseCopyable, Equatable {
    /// The most that may be offered, per phase.
    public var current: Milliamps
    /// Why.
    public var reason: LimitReason
    /// From this moment the fail-safe holds instead; `nil` for a limit that does not expire.
    public var expiry: MonotonicInstant?
    /// What holds after the expiry.
    public var failSafe: Milliamps

    /// A limit that does not expire.
    @_noLocks
    public init(_ current: Milliamps, because reason: LimitReason) {
        self.current = current
        self.reason = reason
        expiry = nil
        failSafe = .zero
    }

    /// A limit that gives way to a fail-safe value at a moment.
    @_noLocks
    public init(
        _ current: Milliamps, because reason: LimitReason, until expiry: MonotonicInstant, failSafe: Milliamps
    ) {
        self.current = current
        self.reason = reason
        self.expiry = expiry
        self.failSafe = failSafe
    }
}
