public import Quantities

/// The plug lock of a socket outlet: it follows the command after its motor's time, unless it is jammed.
public struct PlugLockMotor: Equatable, Sendable {
    /// From the command to the feedback.
    public var travel = Nanoseconds.milliseconds(300)
    /// The motor does not move.
    public var isJammed = false
    /// The feedback contact.
    public private(set) var isLocked = false
    private var wanted = false
    private var wantedSince = MonotonicInstant(nanoseconds: 0)

    /// A free plug.
    public init() {}

    /// Steps to this moment.
    public mutating func step(wanted: Bool, at now: MonotonicInstant) {
        if wanted != self.wanted {
            self.wanted = wanted
            wantedSince = now
        }
        if !isJammed, isLocked != wanted, now - wantedSince >= travel { isLocked = wanted }
    }
}
