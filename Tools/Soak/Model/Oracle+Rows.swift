import ChargeControl
import Quantities

// Every row of the fault table: raised when its condition persisted and only then, cleared when its clear condition was met
// and only then.
extension Oracle {
    mutating func judgeRows(_ input: ControlInput, _ output: ControlOutput) {
        let shown = output.display.faults.bits
        withholdsGate = shown & Self.stuckContactor != 0
        let isUnplugged = pilot.isSurely(.a)
        raisedNow = 0
        clearedNow = 0
        limits.opensNow = false
        limits.stopsBefore = limits.stopsNow
        limits.stopsNow = false
        var first = -1
        var rank = 0
        for position in 0..<rowCount {
            let bit: UInt64 = 1 << UInt64(position)
            let condition = condition(of: FaultCode.at(position), input)
            if standing & bit == 0 {
                if isUnplugged { rows[position].used = 0 }
                rows[position].gather(condition, at: now)
                if shown & bit != 0 {
                    if !rows[position].mayStand(at: now) { fail(.faultWithoutCause, row: position) }
                    raise(position)
                } else if condition == .present, rows[position].mustStand(at: now) {
                    fail(.faultLate, row: position)
                }
            } else {
                stand(position, condition, shown & bit != 0, isUnplugged, input)
            }
            let weight = weigh(position, isShown: shown & bit != 0)
            if weight > rank {
                rank = weight
                first = position
            }
        }
        standing = shown
        conditions.stopBefore = input.emergencyStop
        conditions.directBefore = input.residualDirect
        conditions.alternatingBefore = input.residualAlternating
        if (output.display.fault?.position ?? -1) != first { fail(.faultShown) }
    }

    /// The rows of a contactor that does not open as it is told.
    private static let stuckContactor: UInt64 = [
        FaultCode.contactorWelded, .contactorNotOpened, .phasesUnbidden,
    ].reduce(0) { $0 | 1 << UInt64($1.position) }

    /// What a standing row does, in its rank.
    private mutating func weigh(_ position: Int, isShown: Bool) -> Int {
        if rows[position].block > 0 {
            limits.blockedUntil = max(limits.blockedUntil, rows[position].raisedAt + rows[position].block)
        }
        guard isShown else { return 0 }
        switch rows[position].effect {
        case .open:
            limits.opensNow = true
            limits.stopsNow = true
            return 3
        case .stop:
            limits.stopsNow = true
            return 2
        case .warn: return 1
        }
    }

    private mutating func raise(_ position: Int) {
        raisedNow |= 1 << UInt64(position)
        rows[position].raisedAt = now
        rows[position].absentSince = -1
        rows[position].isLoose = false
        rows[position].sawUnplug = false
        rows[position].isArmed = false
        rows[position].mayRetry = true
        if rows[position].noRetryWithin > 0, contacts.closedAt >= 0 {
            rows[position].mayRetry = now - contacts.closedAt > rows[position].noRetryWithin
        }
        if rows[position].signalsF, options.stateFPulse > .zero { limits.shownFAt = now }
    }

    private mutating func stand(
        _ position: Int, _ condition: OracleRow.Condition, _ isShown: Bool, _ isUnplugged: Bool, _ input: ControlInput
    ) {
        switch condition {
        case .present, .near, .hidden:
            rows[position].absentSince = -1
            rows[position].isLoose = false
        case .absent: if rows[position].absentSince < 0 { rows[position].absentSince = now }
        case .either: rows[position].isLoose = true
        case .unheard: break
        }
        if isUnplugged { rows[position].sawUnplug = true }
        if !input.localReset { rows[position].isArmed = true }
        let since = rows[position].absentSince
        let isGone = since >= 0 && now - since >= rows[position].clearAfter
        let used = rows[position].used
        let clears = isGone && letsGo(position, input)
        if isShown {
            rows[position].used = used
            if clears, !rows[position].isLoose { fail(.faultHeld, row: position) }
            return
        }
        if !clears, !rows[position].isLoose { fail(isFirst ? .faultForgotten : .faultCleared, row: position) }
        clearedNow |= 1 << UInt64(position)
        rows[position].certain = 0
        rows[position].possible = 0
        rows[position].absentSince = -1
        rows[position].isRestored = false
    }

    /// Whether the latch of a row lets go in this step, its condition being gone for long enough.
    private mutating func letsGo(_ position: Int, _ input: ControlInput) -> Bool {
        let isReset = input.technicianReset?.position == position
        switch rows[position].latch {
        case .technician: return isReset
        case .selfTest: return isReset || (rows[position].isRestored && conditions.passedAt >= 0)
        case .localReset: return input.localReset && rows[position].isArmed
        case .none, .session, .sessionAndReset: break
        }
        let hasRetry =
            rows[position].mayRetry && (rows[position].retries < 0 || rows[position].used < rows[position].retries)
        if hasRetry, now - rows[position].raisedAt >= rows[position].retryDelay {
            rows[position].used += 1
            return true
        }
        guard rows[position].sawUnplug else { return false }
        if rows[position].latch == .sessionAndReset, !(input.localReset && rows[position].isArmed) { return false }
        rows[position].used = 0
        return true
    }
}
