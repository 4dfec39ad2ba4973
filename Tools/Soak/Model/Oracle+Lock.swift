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
    private var attempts = 0
    private var attemptSince: Int64 = -1
    private var pauseSince: Int64 = -1

    /// What the motor is to be driven towards.
    mutating func drive(_ wish: Bool, _ feedback: LockFeedback, at now: Int64) -> Bool {
        isLocked = feedback == .locked
        if wish != wanted {
            self = OracleLock()
            isLocked = feedback == .locked
            wanted = wish
        }
        if isLocked == wanted {
            let wasLocked = self.wasLocked || wanted
            self = OracleLock()
            isLocked = feedback == .locked
            wanted = wish
            self.wasLocked = wasLocked
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
        // Only a bench board may have no feedback at all; elsewhere it is live until it is proven open.
        let isBlindBench = configuration.benchBoard && contacts.unknown == (phases == 3 ? 7 : 1)
        let isProven = contacts.provenOpenSince >= 0 && !output.contactorEnable
        let isLive =
            output.contactorEnable || (!isProven && !isBlindBench) || isLoadLive || greatest(input.currents) > 500
        if isLive, input.lock == .locked, !output.lock { fail(.unlockedLive) }
        let wish: Bool
        switch output.display.phase {
        case .idle, .waiting, .ended: wish = isLive
        case .preparing, .beginning, .held, .offering, .waking, .switching, .charging, .stopping, .ending:
            wish = input.supplyLow ? isLive : true
        }
        let expected = options.hasLock ? lock.drive(wish, input.lock, at: now) : wish
        if output.lock != expected { fail(.lockDrive) }
    }
}
