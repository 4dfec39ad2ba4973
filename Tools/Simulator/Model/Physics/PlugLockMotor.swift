public import Quantities

/// The plug lock of a socket outlet: it follows the command after its motor's time, unless it is jammed or lost.
public struct PlugLockMotor: Equatable, Sendable {
    /// What is wrong with it.
    public enum Fault: String, CaseIterable, Sendable {
        case none = "ok"
        /// The motor moves neither way.
        case jammed = "jam"
        /// It does not lock, but it unlocks.
        case jammedOpen = "jam-open"
        /// It does not unlock, but it locks.
        case jammedLocked = "jam-locked"
        /// The bolt is out of its hole whatever the motor does.
        case lost
    }

    /// From the command to the feedback.
    public var travel = Nanoseconds.milliseconds(300)
    /// What is wrong with it.
    public var fault = Fault.none
    /// The bolt, and its feedback contact.
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
        if fault == .lost {
            isLocked = false
            // A bolt that is put back needs the motor's time again.
            wantedSince = now
        }
        guard isLocked != wanted, now - wantedSince >= travel else { return }
        if moves(to: wanted) { isLocked = wanted }
    }

    private func moves(to locked: Bool) -> Bool {
        switch fault {
        case .none: true
        case .jammed, .lost: false
        case .jammedOpen: !locked
        case .jammedLocked: locked
        }
    }
}
