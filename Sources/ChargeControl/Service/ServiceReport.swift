public import Quantities

/// What the core answers to a `ServiceWish`: a level again.
public struct ServiceReport: Sendable, BitwiseCopyable, Equatable {
    /// The visit that service mode stands for; 0 while it does not stand.
    public var visit: UInt32
    /// The newest visit that was judged.
    public var judged: UInt32
    /// When service mode ends by itself at the latest; the clock's origin while it does not stand.
    public var until: MonotonicInstant
    /// Why the newest visit did not begin, or is over; `nil` while it stands, and where none is asked for.
    public var ended: ServiceBar?
    /// The fault that stood then.
    public var fault: FaultCode?
    /// What forbids service mode now; `nil` where it may begin.
    public var obstacle: ServiceBar?
    /// What the lamps are to show in place of what they say of the session; `nil` outside service mode.
    public var lamps: LampPattern?
    /// The newest test.
    public var test: ServiceTestReport

    /// Nothing yet.
    @_noLocks
    public init() {
        visit = 0
        judged = 0
        until = MonotonicInstant(nanoseconds: 0)
        ended = nil
        fault = nil
        obstacle = nil
        lamps = nil
        test = ServiceTestReport()
    }
}
