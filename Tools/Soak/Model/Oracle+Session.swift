import ChargeControl
import Quantities

/// What the oracle knows of the session, from its records.
struct OracleSession: Sendable {
    var isOpen = false
    var number: UInt32 = 0
    var lastNumber: UInt32 = 0
    var slot: UInt32 = 0
    /// The grant whose session ended on this plug; -1 for none.
    var endedSlot: Int64 = -1
    var begun: Int64 = 0
    var ticks: UInt32 = 0
    var isPaused = false
    var hasClosed = false
    var owesWear = false
    var preparingSince: Int64 = 0
    /// A reason to end stands now, and stood in the step before.
    var mustEndNow = false
    var mustEndBefore = false
    /// Changes of the fault table that no record has told of, one bit a row.
    var owedRaised: UInt64 = 0
    var owedCleared: UInt64 = 0
    var owedSteps = 0
    var closings = 0
    var sessions = 0
    var ended = 0
}

extension Oracle {
    mutating func judgeRecords(_ input: ControlInput, _ output: ControlOutput) {
        noteFaults(output)
        if output.display.phase == .preparing, phase != .preparing { session.preparingSince = now }
        if pilot.isSurely(.a), !session.isOpen { session.endedSlot = -1 }
        weighEnd(input)
        let opens = isEnabled && !output.contactorEnable
        let closes = !isEnabled && output.contactorEnable
        var didPause = false
        var didResume = false
        for position in 0..<output.records.count {
            if session.owesWear {
                guard case .wear = output.records[position] else { return fail(.recordGrammar) }
            }
            switch output.records[position] {
            case .begin(let mark): judgeBegin(mark, input)
            case .tick(let mark, let index, let boundaries):
                check(mark)
                if index != session.ticks + boundaries || boundaries == 0 { fail(.recordGrammar) }
                session.ticks = index
            case .pause(let mark, _):
                check(mark)
                if session.isPaused || !opens { fail(.recordPause) }
                session.isPaused = true
                didPause = true
            case .resume(let mark):
                check(mark)
                if !session.isPaused || !closes { fail(.recordPause) }
                session.isPaused = false
                didResume = true
            case .end(let mark, _, _, let ticks, let isFinal): judgeEnd(mark, ticks, isFinal, output)
            case .wear(let wear):
                if !(session.owesWear || service.owesWear) || wear != output.display.wear { fail(.recordGrammar) }
                session.owesWear = false
                service.owesWear = false
            case .faultLatched(let code):
                if session.owedRaised & (1 << UInt64(code.position)) == 0 { fail(.recordGrammar, row: code.position) }
                session.owedRaised &= ~(1 << UInt64(code.position))
            case .faultCleared(let code, _):
                if session.owedCleared & (1 << UInt64(code.position)) == 0 { fail(.recordGrammar, row: code.position) }
                session.owedCleared &= ~(1 << UInt64(code.position))
            case .residualSelfTest(let passed, _):
                if passed != (conditions.passedAt == now) { fail(.recordGrammar) }
            }
        }
        if session.owesWear { fail(.recordGrammar) }
        if closes, session.isOpen, session.isPaused != didResume, session.isPaused { fail(.recordPause) }
        if opens, session.isOpen, output.display.phase != .ending, !didPause { fail(.recordPause) }
        if closes, session.isOpen {
            session.hasClosed = true
            session.closings += 1
        }
        noteBlock(input, output)
    }

    private mutating func check(_ mark: SessionMark) {
        if !session.isOpen || mark.session != session.number || mark.grantSlot != session.slot { fail(.recordGrammar) }
        checkSample(mark)
        let energy = conditions.newestEnergy - session.begun
        if mark.energy.rawValue != energy { fail(.recordEnergy) }
    }

    /// The reading is the newest one that counts: nothing is made up.
    private mutating func checkSample(_ mark: SessionMark) {
        if mark.sample.number != conditions.newestNumber || mark.sample.imported.rawValue != conditions.newestEnergy {
            fail(.recordEnergy)
        }
    }

    private mutating func judgeBegin(_ mark: SessionMark, _ input: ControlInput) {
        if session.isOpen || mark.session != session.lastNumber + 1 || phase != .preparing { fail(.recordGrammar) }
        if mark.energy != .zero { fail(.recordEnergy) }
        checkSample(mark)
        // Read after the authorisation, the plug locked, the residual monitor tested.
        if conditions.newestRequest < session.preparingSince { fail(.recordEnergy) }
        if options.hasLock, !lock.isLocked { fail(.lockDrive) }
        // A bench board that never saw its contactor cannot test: the test asks for one that is proven open.
        let mustTest = options.hasResidualTest && !isBlindBench()
        if mustTest, conditions.test != .resting || isTestDue() { fail(.testInput) }
        if input.authorization?.slot != mark.grantSlot || Int64(mark.grantSlot) == session.endedSlot {
            fail(.recordGrammar)
        }
        if limits.stopsNow { fail(.powerWithFault) }
        session.isOpen = true
        session.number = mark.session
        session.lastNumber = mark.session
        session.slot = mark.grantSlot
        session.begun = mark.sample.imported.rawValue
        session.ticks = 0
        session.isPaused = false
        session.hasClosed = false
        session.sessions += 1
        contacts.movedInSession = 0
        conditions.latchedCable = conditions.settledCable
    }

    private mutating func judgeEnd(_ mark: SessionMark, _ ticks: UInt32, _ isFinal: Bool, _ output: ControlOutput) {
        check(mark)
        if ticks != session.ticks || mark.energy.rawValue / 1_000_000 != Int64(ticks) { fail(.recordEnergy) }
        if output.contactorEnable { fail(.closedOutsideSession) }
        if isFinal, contacts.provenOpenSince < 0 || conditions.newestRequest < contacts.provenOpenSince {
            fail(.recordEnergy)
        }
        session.isOpen = false
        session.endedSlot = Int64(session.slot)
        session.owesWear = session.hasClosed
        session.ended += 1
        conditions.latchedCable = -2
    }

    /// Raised and cleared rows that stop or open stand in records, within a few steps.
    private mutating func noteFaults(_ output: ControlOutput) {
        session.owedRaised |= raisedNow & recordedRows
        session.owedCleared |= clearedNow & recordedRows
        session.owedSteps = session.owedRaised | session.owedCleared == 0 ? 0 : session.owedSteps + 1
        if session.owedSteps > 40 { fail(.recordGrammar) }
    }

    /// Why an open session must end: the user, the grant's money and time, the store.
    private mutating func weighEnd(_ input: ControlInput) {
        session.mustEndBefore = session.mustEndNow
        session.mustEndNow = false
        guard session.isOpen else { return }
        if input.softShutdown || input.hardShutdown || input.ownerStop || input.recordStore == .nearlyFull {
            session.mustEndNow = true
        }
        guard let grant = input.authorization, grant.slot == session.slot else {
            session.mustEndNow = true
            return
        }
        // What was not seen for so long may be another car.
        if pilot.lostSight { session.mustEndNow = true }
        if let deadline = grant.deadline, now + 6_000_000_000 >= deadline.nanoseconds { session.mustEndNow = true }
        let most = max(0, grant.energyLimit.rawValue - configuration.energyMargin.rawValue)
        if conditions.hasReading, conditions.newestEnergy - session.begun >= most { session.mustEndNow = true }
    }

    /// A stop by the charger is followed by 5 s without an offer.
    private mutating func noteBlock(_ input: ControlInput, _ output: ControlOutput) {
        if isEnabled, !output.contactorEnable, phase == .stopping, !input.hardShutdown {
            limits.blockedUntil = max(limits.blockedUntil, now + 5_000_000_000)
        }
        if phase == .offering, output.display.phase == .held, output.display.limit.current == .zero {
            limits.blockedUntil = max(limits.blockedUntil, now + 5_000_000_000)
        }
    }
}
