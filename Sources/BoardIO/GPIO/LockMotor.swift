import Quantities

/// When the motor of a plug lock turns, and which way: in pulses, so that no motor stays under current at its end or at a bolt that
/// has caught.
///
/// A pulse ends at the feedback, at a change of the wish, or when it has lasted its time. One that ended by its time was in vain
/// (`isJammed`); the next comes with the next wish, which is the control core's to repeat (docs/control-core.md, "The plug's
/// lock"). Between two pulses the motor rests, so that it stands before it turns the other way.
struct LockMotor: BitwiseCopyable {
    /// What the two lines of the H-bridge say; both at once is never said.
    enum Drive: Equatable, BitwiseCopyable {
        case off
        case closing
        case opening
    }

    /// The longest pulse.
    let pulse: Nanoseconds
    /// The least time between two pulses.
    let pause: Nanoseconds

    /// After a pulse the same way, however the feedback trembles.
    static let samePause = Nanoseconds.seconds(1)

    private var wanted: Bool?
    private var turning: Drive = .off
    private var since = MonotonicInstant(nanoseconds: 0)
    private var lastTurn: Drive = .off
    private var endedAt = MonotonicInstant(nanoseconds: 0)
    /// The whole pulse of this wish was in vain.
    private(set) var isJammed = false

    /// When the pulse began that stands; `nil` while the motor rests.
    var pulseSince: MonotonicInstant? { turning == .off ? nil : since }

    init(pulse: Nanoseconds, pause: Nanoseconds) {
        self.pulse = pulse
        self.pause = pause
    }

    /// What the lines are to say now.
    mutating func drive(locked wish: Bool, feedback: LockState, at now: MonotonicInstant) -> Drive {
        if wish != wanted {
            wanted = wish
            isJammed = false
        }
        let direction = wish ? Drive.closing : .opening
        let isReached = feedback == (wish ? .locked : .unlocked)
        if isReached { isJammed = false }
        if turning != .off {
            if turning == direction, !isReached, now - since < pulse { return turning }
            if turning == direction, !isReached { isJammed = true }
            stop(at: now)
            return .off
        }
        if isReached || isJammed { return .off }
        if lastTurn != .off, now - endedAt < (direction == lastTurn ? Self.samePause : pause) { return .off }
        turning = direction
        since = now
        return direction
    }

    private mutating func stop(at now: MonotonicInstant) {
        lastTurn = turning
        endedAt = now
        turning = .off
    }
}
