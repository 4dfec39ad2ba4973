import Quantities

/// Drives the plug's lock with its feedback (docs/control-core.md, "The plug's lock"): at most 3 attempts of 1 s, 2 s apart, each way.
///
/// A plug that could not be locked is not charged; one that could not be unlocked raises an alarm and is not tried again
/// until the next wish.
struct PlugLock: Sendable, BitwiseCopyable {
    private(set) var wantsLocked = false
    private var attempts: UInt8 = 0
    private var attemptSince: MonotonicInstant?
    private var pauseSince: MonotonicInstant?
    private var feedback = LockFeedback.unknown
    /// All attempts to lock were in vain.
    private(set) var lockFailed = false
    /// All attempts to unlock were in vain.
    private(set) var unlockFailed = false
    /// It was seen locked since the wish to lock, which still stands.
    private var wasLocked = false
    /// A test in service mode has found that it does not lock. It stands until the bolt is seen to lock, or until the plug
    /// that comes next has gone.
    private(set) var isStuckOpen = false
    /// A test in service mode has found that the bolt does not let go; it stands while the bolt is seen locked.
    private(set) var isStuckLocked = false
    private var sawPlug = false

    static var attemptTime: Nanoseconds { @_noLocks get { .seconds(1) } }
    static var pause: Nanoseconds { @_noLocks get { .seconds(2) } }
    /// Two whole attempts, and the pause between them.
    static var twoAttempts: Nanoseconds { @_noLocks get { attemptTime + pause + attemptTime } }

    @_noLocks
    init() {}

    /// The plug is held, by the feedback of this step.
    @_noLocks
    func isLocked() -> Bool {
        if case .locked = feedback { return true }
        return false
    }

    /// The attempts that the present wish has taken so far.
    @_noLocks
    func tries() -> UInt8 {
        guard attemptSince != nil, pauseSince == nil else { return attempts }
        return attempts + 1
    }

    /// It was locked, should be, and is not.
    @_noLocks
    func isLost() -> Bool { wasLocked && !isLocked() }

    /// A test found that it does not lock.
    @_noLocks
    mutating func findStuckOpen() {
        isStuckOpen = true
        sawPlug = false
    }

    /// A test found that it does not let go.
    @_noLocks
    mutating func findStuckLocked() { isStuckLocked = true }

    /// What was found holds for one plug, as a session's finding does.
    @_noLocks
    mutating func note(isPlugged: Bool) {
        if isPlugged {
            sawPlug = true
        } else if sawPlug {
            isStuckOpen = false
        }
    }

    /// One step: the wish and the feedback, to the level that the motor is driven with (`true`: towards locked).
    @_noLocks
    mutating func step(wantsLocked wanted: Bool, feedback: LockFeedback, at now: MonotonicInstant) -> Bool {
        self.feedback = feedback
        if !isLocked() { isStuckLocked = false }
        // What is seen answers the wish of the step before, too: a test lets go in the step that sees it locked.
        if isLocked(), wanted || wantsLocked { isStuckOpen = false }
        if wanted != wantsLocked {
            wantsLocked = wanted
            attempts = 0
            attemptSince = nil
            pauseSince = nil
            wasLocked = false
            lockFailed = false
            unlockFailed = false
        }
        if isReached() {
            attempts = 0
            attemptSince = nil
            pauseSince = nil
            lockFailed = false
            unlockFailed = false
            if wantsLocked { wasLocked = true }
            return wantsLocked
        }
        return attempt(at: now)
    }

    @_noLocks
    private func isReached() -> Bool {
        switch feedback {
        case .locked: wantsLocked
        // A lock without feedback can be left alone when it is to be open; it is never taken to be locked.
        case .unlocked, .unknown: !wantsLocked
        }
    }

    @_noLocks
    private mutating func attempt(at now: MonotonicInstant) -> Bool {
        if lockFailed || unlockFailed { return false }
        if let since = pauseSince {
            // Backing off frees a bolt that has caught on a plug pushed in askew.
            if now - since < Self.pause { return !wantsLocked }
            pauseSince = nil
            attemptSince = nil
        }
        let since = attemptSince ?? now
        attemptSince = since
        if now - since < Self.attemptTime { return wantsLocked }
        attempts += 1
        if attempts >= 3 {
            if wantsLocked { lockFailed = true } else { unlockFailed = true }
            return false
        }
        pauseSince = now
        return !wantsLocked
    }
}
