import ChargeControl
import Quantities

/// What the oracle knows of the contactor: its own reading of the truth table, one bit a pole.
struct OracleContacts: Sendable {
    var open = 0
    var closed = 0
    var welded = 0
    var notOpened = 0
    var notClosed = 0
    var dead = 0
    var unknown = 0
    /// Some pole has said something since the start.
    var wasSeen = false
    var provenOpenSince: Int64 = -1
    var enabledSince: Int64 = -1
    var closedAt: Int64 = -1
    /// Since when nothing forbids to close.
    var readySince: Int64 = -1
    var notDrawing = 0
    var notDrawingSince: Int64 = 0
    /// When the phases were moved last.
    var movedAt: Int64 = Int64.min / 2
    var movedInSession = 0

    mutating func read(told: Bool, mirror: ContactFeedback, load: ContactFeedback, pole: Int) {
        let bit = 1 << pole
        if !told {
            if load == .closed {
                welded |= bit
            } else if mirror == .closed {
                notOpened |= bit
            } else if mirror == .open || load == .open {
                open |= bit
            } else {
                unknown |= bit
            }
            return
        }
        if mirror == .open {
            notClosed |= bit
        } else if mirror == .closed {
            if load == .open { dead |= bit } else { closed |= bit }
        } else if load == .open {
            notClosed |= bit
        } else if load == .closed {
            closed |= bit
        } else {
            unknown |= bit
        }
    }

    mutating func note(_ output: ControlOutput, wasEnabled: Bool, at now: Int64) {
        if output.contactorEnable {
            if !wasEnabled {
                enabledSince = now
                closedAt = now
            }
            provenOpenSince = -1
        } else {
            enabledSince = -1
        }
    }
}

extension Oracle {
    mutating func watchContacts(_ input: ControlInput) {
        contacts.open = 0
        contacts.closed = 0
        contacts.welded = 0
        contacts.notOpened = 0
        contacts.notClosed = 0
        contacts.dead = 0
        contacts.unknown = 0
        let feedback = input.contactor
        contacts.read(told: isEnabled, mirror: feedback.mirror, load: feedback.firstLoad, pole: 0)
        if phases == 3 {
            let mirror = options.switchesPhases ? feedback.secondMirror : feedback.mirror
            let told = isEnabled && mode == .three
            // A car may bridge L1 to the others: their load side then says nothing of their own poles.
            let isBridgeable = isEnabled && !told && mirror == .open
            contacts.read(told: told, mirror: mirror, load: isBridgeable ? .unknown : feedback.secondLoad, pole: 1)
            contacts.read(told: told, mirror: mirror, load: isBridgeable ? .unknown : feedback.thirdLoad, pole: 2)
        }
        let all = phases == 3 ? 7 : 1
        if contacts.unknown != all { contacts.wasSeen = true }
        if isEnabled || contacts.open != all {
            contacts.provenOpenSince = -1
        } else if contacts.provenOpenSince < 0 {
            contacts.provenOpenSince = now
        }
        let isQuiet = Self.isQuiet(input.currents, phases: phases)
        if isQuiet, contacts.notDrawing == 0 { contacts.notDrawingSince = now }
        contacts.notDrawing = isQuiet ? contacts.notDrawing + 1 : 0
    }

    /// Every pole is proven open. A bench board may have no feedback at all; one that fell silent is another matter.
    mutating func isSurelyOpen() -> Bool { contacts.provenOpenSince >= 0 || isBlindBench() }

    mutating func isBlindBench() -> Bool {
        configuration.benchBoard && !contacts.wasSeen
    }

    private static func isQuiet(_ currents: PhaseCurrents, phases: UInt8) -> Bool {
        guard let first = currents.first, abs(first.rawValue) < 500 else { return false }
        if phases == 1 { return true }
        guard let second = currents.second, let third = currents.third else { return false }
        return abs(second.rawValue) < 500 && abs(third.rawValue) < 500
    }

    /// When it is closed, when it closes, when it opens.
    mutating func judgeContactor(_ input: ControlInput, _ truth: Truth, _ output: ControlOutput) {
        let mayPulse = !isFirst && !isStalled && !withholdsGate
        if output.gatePulseAllowed != mayPulse { fail(.gatePulse) }
        if output.contactorEnable {
            if session.isOpen {
                judgeClosed(input, output)
                if !isEnabled { judgeClosing(output) }
            } else {
                judgeTestClosed(input, output)
            }
        } else if isEnabled, service.closesSince < 0 {
            judgeOpening(input)
        }
        judgeWaiting(input, output)
    }

    private mutating func judgeClosed(_ input: ControlInput, _ output: ControlOutput) {
        if pilot.mustOpen(at: now) { fail(.closedOutsideC) }
        if isFirst || isStalled { fail(.closedInStall) }
        if input.hardShutdown { fail(.closedInShutdown) }
        if input.durableBegin != session.number { fail(.closedBeforeBegin) }
        if limits.opensNow { fail(.closedWithFault) }
        switch output.pilot {
        case .pwm: break
        case .x1:
            if !isEnabled { fail(.closingFromX1) }
            let since = pilot.pwmSince >= 0 ? now : pilot.x1Since
            if now - since >= 6_000_000_000 { fail(.closedTooLongInC1) }
        case .stateE, .stateF: fail(.closedUnderF)
        }
        switch output.display.phase {
        case .charging, .stopping: break
        default: fail(.displayed)
        }
    }

    private mutating func judgeClosing(_ output: ControlOutput) {
        if pilot.pwmSince < 0 { return fail(.closingFromX1) }
        if pilot.askingSince < 0 || now - max(pilot.askingSince, pilot.pwmSince) < 500_000_000 {
            fail(.closingBeforeFilter)
        }
        if !pilot.hasDiode(at: now) { fail(.closingWithoutDiode) }
        if !isSurelyOpen() { fail(.closingOntoClosedPole) }
        if options.hasLock, !lock.isLocked { fail(.lockDrive) }
        if conditions.test != .resting { fail(.testInput) }
    }

    private mutating func judgeOpening(_ input: ControlInput) {
        let hasRested = contacts.notDrawing >= 5 && now - contacts.notDrawingSince >= 20_000_000
        let atX1 = pilot.pwmSince < 0
        let isDue =
            pilot.mustOpen(at: now) || limits.opensNow || isStalled || input.hardShutdown
            || input.durableBegin != session.number || (atX1 && (hasRested || now - pilot.x1Since >= 6_000_000_000))
        if !isDue { fail(.openedWithoutCause) }
    }

    /// A car that asks, in a session with everything in order, is not kept waiting.
    private mutating func judgeWaiting(_ input: ControlInput, _ output: ControlOutput) {
        var isPower = false
        if case .pwm = output.pilot { isPower = true }
        let isReady =
            isPower && !output.contactorEnable && pilot.askingSince >= 0 && pilot.hasDiode(at: now)
            && isSurelyOpen()
            && (!options.hasLock || lock.isLocked) && !limits.stopsNow && !session.mustEndNow && !isStalled
            && output.display.phase == .offering
            && (!configuration.benchBoard || configuration.benchAllowed)
        if !isReady {
            contacts.readySince = -1
        } else if contacts.readySince < 0 {
            contacts.readySince = now
        } else if now - contacts.readySince > 1_000_000_000 {
            fail(.closedTooLate)
        }
    }

    /// L2 and L3 move only with every pole proven open.
    mutating func judgePhases(_ input: ControlInput, _ truth: Truth, _ output: ControlOutput) {
        guard output.phases != mode else { return }
        if isFirst { return }
        if output.contactorEnable || isEnabled { fail(.phasesMovedClosed) }
        if truth.isClosed, truth.isFeedbackHonest { fail(.phasesMovedClosed) }
        if contacts.provenOpenSince < 0 || now - contacts.provenOpenSince < 100_000_000 { fail(.phasesMovedUnproven) }
        contacts.movedInSession += 1
        if contacts.movedInSession > 6 || now - contacts.movedAt < 600_000_000_000 { fail(.phasesMovedTooOften) }
        contacts.movedAt = now
    }
}
