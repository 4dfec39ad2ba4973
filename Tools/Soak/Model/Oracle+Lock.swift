import ChargeControl
import Quantities

/// What the oracle knows of the socket's lock: three attempts of 1 s each way, 2 s apart.
struct OracleLock: Sendable {
    var wanted = false
    var wasLocked = false
    /// By the feedback of the step before.
    var isLocked = false
    var lockFailed = false
    var unlockFailed = false
    /// Steps in a row in which the plug may be live.
    var held = 0
    var heldSince: Int64 = 0
    /// Nothing was live behind it in at least one step since the start.
    var wasPlugDead = false
    /// By a test: it did not lock in two whole attempts, until it does or a plug has come and gone; it did not let go in one,
    /// while it is seen locked.
    var isStuckOpen = false
    var isStuckLocked = false
    var sawPlug = false
    /// The test that drives it, since when; and since when it has released.
    var test: UInt32 = 0
    var testSince: Int64 = -1
    var releasedSince: Int64 = -1
    private var attempts = 0
    private var attemptSince: Int64 = -1
    private var pauseSince: Int64 = -1

    private mutating func forget() {
        attempts = 0
        attemptSince = -1
        pauseSince = -1
        lockFailed = false
        unlockFailed = false
    }

    /// What the motor is to be driven towards.
    mutating func drive(_ wish: Bool, _ feedback: LockFeedback, at now: Int64) -> Bool {
        isLocked = feedback == .locked
        if !isLocked { isStuckLocked = false }
        if isLocked, wish || wanted { isStuckOpen = false }
        if wish != wanted {
            forget()
            wanted = wish
            wasLocked = false
        }
        if isLocked == wanted {
            forget()
            wasLocked = wasLocked || wanted
            return wanted
        }
        if lockFailed || unlockFailed { return false }
        if pauseSince >= 0 {
            if now - pauseSince < 2_000_000_000 { return !wanted }
            pauseSince = -1
            attemptSince = -1
        }
        if attemptSince < 0 { attemptSince = now }
        if now - attemptSince < 1_000_000_000 { return wanted }
        attempts += 1
        if attempts == 3 {
            if wanted { lockFailed = true } else { unlockFailed = true }
            return false
        }
        pauseSince = now
        return !wanted
    }
}

extension Oracle {
    mutating func judgeLock(_ input: ControlInput, _ output: ControlOutput) {
        guard case .socket = configuration.cable else {
            if output.lock { fail(.lockDrive) }
            return
        }
        let load = input.contactor
        let isLoadLive =
            load.firstLoad == .closed || (phases == 3 && (load.secondLoad == .closed || load.thirdLoad == .closed))
        let isLive =
            output.contactorEnable || !isSurelyOpen() || isLoadLive || greatest(input.currents) > 500
        if isLive, lock.held == 0 { lock.heldSince = now }
        lock.held = isLive ? lock.held + 1 : 0
        if !isLive { lock.wasPlugDead = true }
        if isLive, input.lock == .locked, lock.wanted, !output.lock { fail(.unlockedLive) }
        let wish: Bool
        switch output.display.phase {
        case .idle, .waiting, .ended:
            // What is locked stays so at once; an unread moment does not lock an empty socket.
            let staysLocked = lock.wanted || isLeftLocked(input)
            wish =
                isLockTest(input, output)
                ? true : staysLocked ? isLive : lock.held >= 5 && now - lock.heldSince >= 20_000_000
        case .preparing, .beginning, .held, .offering, .waking, .switching, .charging, .stopping, .ending:
            wish = input.supplyLow ? isLive : true
        }
        if options.hasLock { noteLockTest(input, output) }
        let driven = options.hasLock ? lock.drive(wish, input.lock, at: now) : wish
        let expected = driven || (wish && isLive)
        if output.lock != expected { fail(.lockDrive) }
    }

    /// The program before may have left it locked on a weld: until the plug was seen dead since the start.
    private func isLeftLocked(_ input: ControlInput) -> Bool {
        options.hasLock && !lock.wasPlugDead && input.lock != .unlocked
    }

    /// What a test has found of a stuck lock.
    private mutating func noteLockTest(_ input: ControlInput, _ output: ControlOutput) {
        if output.display.phase != .idle {
            lock.sawPlug = true
        } else if lock.sawPlug {
            lock.isStuckOpen = false
        }
        let test = output.service.test
        if isLockTest(input, output) {
            if test.number != lock.test { (lock.test, lock.testSince) = (test.number, now) }
            return
        }
        guard lock.test != 0 else { return }
        if lock.releasedSince < 0 {
            lock.releasedSince = now
            if test.cause == nil, input.lock != .locked, now - lock.testSince >= 4_000_000_000 {
                lock.isStuckOpen = true
                lock.sawPlug = false
                if test.fault != .lockFailed { fail(.lockFinding) }
            }
        }
        guard test.number != lock.test || test.stage != .releasing else { return }
        if input.lock == .locked, now - lock.releasedSince >= 1_000_000_000 {
            lock.isStuckLocked = true
            if test.number == lock.test, test.fault == nil { fail(.lockFinding) }
        }
        (lock.test, lock.testSince, lock.releasedSince) = (0, -1, -1)
    }
}
