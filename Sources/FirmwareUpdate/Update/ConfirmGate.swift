public import Quantities

/// Whether a trial has earned its place: every condition that is asked for, at every look, for the whole time.
///
/// A value: looks go in, verdicts come out. A condition that nobody could look at does not hold.
public struct ConfirmGate: Equatable, Sendable {
    /// What the gate says after a look.
    public enum Verdict: Equatable, Sendable {
        /// Not yet: how long all has held, and what does not hold now.
        case waiting(held: Nanoseconds, failing: ConfirmConditions)
        /// The trial may be confirmed. What is not asked of it, and does not hold, is reported.
        case passed(reported: ConfirmConditions)
        /// The time that a trial has is over, and these conditions did not hold at the last look: it is given up.
        case outOfTime(failing: ConfirmConditions)
    }

    /// Two looks further apart than this say nothing of what was between them.
    public static let longestGap = Nanoseconds.seconds(5)
    /// How long a trial has beyond the time for which all must hold. While somebody has the charger, it does not run: nothing can be
    /// said of the trial then, and nobody is to be cut off for it.
    public static let patience = Nanoseconds.seconds(900)

    /// What is asked for.
    public let required: ConfirmConditions
    /// How long it must hold.
    public let duration: Nanoseconds
    private var last: Nanoseconds
    /// What of the trial's time is used up.
    private var used = Nanoseconds.zero
    private var heldSince: Nanoseconds?

    /// - Parameters:
    ///   - seconds: how long all must hold; never less than 60.
    ///   - excused: what the boot record excuses the trial from.
    ///   - countsLateness: whether a late loop fails the gate; an emulated board only counts it.
    ///   - now: the monotonic clock.
    public init(seconds: UInt16, excused: ConfirmConditions, countsLateness: Bool, at now: Nanoseconds) {
        var required = ConfirmConditions.all.subtracting(excused)
        if !countsLateness { required.remove(.punctual) }
        self.required = required
        duration = .seconds(Int64(max(seconds, 60)))
        last = now
    }

    /// One look.
    ///
    /// - Parameters:
    ///   - holding: the conditions that hold; what is unknown is left out.
    ///   - isInUse: whether somebody is known to have the charger. It is never out of time then.
    ///   - now: the monotonic clock.
    public mutating func look(_ holding: ConfirmConditions, isInUse: Bool, at now: Nanoseconds) -> Verdict {
        let failing = required.subtracting(holding)
        let isBroken = now < last || now - last > Self.longestGap
        if !isInUse, now > last { used = used + (now - last) }
        last = now
        if !failing.isEmpty {
            heldSince = nil
        } else if isBroken || heldSince == nil {
            heldSince = now
        }
        if let heldSince, now - heldSince >= duration {
            return .passed(reported: ConfirmConditions.all.subtracting(holding))
        }
        if !isInUse, used >= duration + Self.patience { return .outOfTime(failing: failing) }
        return .waiting(held: heldSince.map { now - $0 } ?? .zero, failing: failing)
    }
}
