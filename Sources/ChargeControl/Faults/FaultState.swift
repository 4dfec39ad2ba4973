import Quantities

/// Where one row of the fault table stands.
struct FaultState: Sendable, BitwiseCopyable {
    /// What happened to the row in one step.
    enum Change: Sendable, BitwiseCopyable { case none, raised, cleared(FaultClearing) }

    private var agreement = Agreement()
    private(set) var isActive = false
    /// It stood before the power came back.
    private var hasPowerCycled = false
    /// The reset button was seen released since the fault was raised: a stuck one resets nothing.
    private var resetArmed = false
    private(set) var raisedAt = MonotonicInstant(nanoseconds: Int64.min / 2)
    private var absentSince: MonotonicInstant?
    private var retriesUsed: UInt8 = 0
    private var retryForbidden = false
    private var sawUnplug = false
    /// Changes that no record intent has told of yet.
    var owesRaised = false
    var owesCleared: FaultClearing?

    @_noLocks
    init() {}

    /// A latch that was standing when this controller was made.
    @_noLocks
    mutating func restore(afterPowerCycle: Bool) {
        isActive = true
        hasPowerCycled = afterPowerCycle
    }

    /// One step of one row.
    @_noLocks
    mutating func advance(
        _ rule: FaultRule, _ code: FaultCode, _ presence: FaultPresence, _ around: FaultSurroundings,
        at now: MonotonicInstant
    ) -> Change {
        if !isActive {
            if around.isUnplugged { retriesUsed = 0 }
            return raise(rule, presence, around, at: now) ? .raised : .none
        }
        switch presence {
        case .present, .near, .hidden: absentSince = nil
        case .absent: if absentSince == nil { absentSince = now }
        case .unheard: break
        }
        if around.isUnplugged { sawUnplug = true }
        if !around.localReset { resetArmed = true }
        guard let absentSince, now - absentSince >= rule.clearAfter else { return .none }
        guard let clearing = clearing(rule, code, around, at: now) else { return .none }
        isActive = false
        hasPowerCycled = false
        agreement.disagree()
        self.absentSince = nil
        return .cleared(clearing)
    }

    @_noLocks
    private mutating func raise(
        _ rule: FaultRule, _ presence: FaultPresence, _ around: FaultSurroundings, at now: MonotonicInstant
    ) -> Bool {
        switch presence {
        case .present: agreement.agree(at: now)
        case .absent, .near: agreement.disagree()
        case .unheard, .hidden: break
        }
        guard case .present = presence, agreement.holds(samples: rule.samples, span: rule.span, at: now) else {
            return false
        }
        isActive = true
        raisedAt = now
        absentSince = nil
        sawUnplug = false
        resetArmed = false
        retryForbidden = false
        if let closedAt = around.closedAt {
            retryForbidden = now - closedAt <= rule.noRetryWithinClosing
        }
        return true
    }

    /// With the condition gone for long enough: what makes the latch let go, `nil` where it holds.
    @_noLocks
    private mutating func clearing(
        _ rule: FaultRule, _ code: FaultCode, _ around: FaultSurroundings, at now: MonotonicInstant
    ) -> FaultClearing? {
        switch rule.latch {
        case .technician: return isReset(code, around) ? .technician : nil
        case .selfTest:
            if isReset(code, around) { return .technician }
            return hasPowerCycled && around.selfTestPassed ? .powerCycle : nil
        case .localReset: return around.localReset && resetArmed ? .localReset : nil
        case .none, .session, .sessionAndReset: break
        }
        if hasRetry(rule), now - raisedAt >= rule.retryDelay {
            if case .limited = rule.retries { retriesUsed += 1 }
            return .condition
        }
        return clearsByUnplug(rule, around) ? .unplugged : nil
    }

    @_noLocks
    private func isReset(_ code: FaultCode, _ around: FaultSurroundings) -> Bool {
        guard let wanted = around.technicianReset else { return false }
        return wanted.isSame(as: code)
    }

    @_noLocks
    private mutating func clearsByUnplug(_ rule: FaultRule, _ around: FaultSurroundings) -> Bool {
        guard sawUnplug else { return false }
        if case .sessionAndReset = rule.latch, !around.localReset || !resetArmed { return false }
        retriesUsed = 0
        return true
    }

    @_noLocks
    private func hasRetry(_ rule: FaultRule) -> Bool {
        if retryForbidden { return false }
        switch rule.retries {
        case .unlimited: return true
        case .limited(let count): return retriesUsed < count
        }
    }

    /// Whether a fault that stands will not clear itself: the session is over.
    @_noLocks
    func isFinal(_ rule: FaultRule) -> Bool {
        switch rule.latch {
        case .technician, .selfTest, .localReset: return true
        case .none, .session, .sessionAndReset: return !hasRetry(rule)
        }
    }
}
