import Quantities

// From the state of a step to what goes out.
extension ChargeController {
    /// Chooses what to put on the pilot and remembers since when it has been PWM or not.
    @_noLocks
    mutating func commandPilot(_ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant) {
        signalFault(standing, at: now)
        let before = command
        command = wantedCommand(standing, offer, at: now)
        switch command {
        case .pwm: if pwmSince == nil { pwmSince = now }
        case .x1:
            if case .x1 = before { break }
            x1Since = now
            pwmSince = nil
        case .stateE, .stateF:
            pwmSince = nil
            pilot.hold(at: now)
        }
        if pwmSince == nil { promise.withdraw() }
    }

    /// A fault that ends the supply shows state F for at least 300 ms, then x1, in which an unplug can be seen (Annex A,
    /// sequence 12).
    @_noLocks
    private mutating func signalFault(_ standing: FaultSummary, at now: MonotonicInstant) {
        guard standing.signalsF, configuration.options.stateFPulse > .zero, session.phase.isSessionOpen() else {
            return
        }
        if isUnplugged() { return }
        stateFUntil = now + configuration.options.stateFPulse
    }

    @_noLocks
    private mutating func wantedCommand(
        _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant
    ) -> PilotCommand {
        if now < stateFUntil { return .stateF }
        switch session.phase {
        case .offering, .charging: return offered(offer, at: now)
        case .waking:
            guard isWakeUpHeld(at: now) else { return .x1 }
            return session.wakeUps == 1 ? .stateE : .stateF
        case .switching: return isPilotCut(at: now) ? .stateE : .x1
        case .idle:
            // Out of service (Annex A, sequence 12). Only without a car: at -12 V an unplug could not be seen.
            guard standing.isOutOfService else { return .x1 }
            if case .stateF = command { return .stateF }
            return isUnplugged() ? .stateF : .x1
        case .waiting, .preparing, .beginning, .held, .stopping, .ending, .ended:
            return .x1
        }
    }

    @_noLocks
    private mutating func offered(_ offer: CurrentOffer, at now: MonotonicInstant) -> PilotCommand {
        promise.offer(offer.current, at: now)
        do throws(ChargeControlError) {
            if case .pwm(let highTime) = try DutyCode.encode(promise.offered) { return .pwm(highTime) }
            return .x1
        } catch {
            invariantBroken("the arbiter offers only currents that have a duty code")
        }
    }

    /// The last word on the contactor, from the present state alone. The phases already follow the same rules; this stands
    /// behind them.
    @_noLocks
    mutating func mayEnableContactor(_ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant) -> Bool
    {
        if standing.opens || loop.isStalled || loop.isFirst || input.hardShutdown { return false }
        if configuration.benchBoard && !configuration.benchAllowed { return false }
        if residualTest.isRunning() { return false }
        if service.closesContactor() { return mayCloseInService(input, standing, at: now) }
        if pilot.mustOpen(at: now) || input.durableBegin != session.number { return false }
        switch session.phase {
        case .charging: return pwmSince != nil
        case .stopping: return contactor.isCommandedClosed && now - x1Since < Self.stopLimit
        case .idle, .waiting, .preparing, .beginning, .held, .offering, .waking, .switching, .ending, .ended:
            return false
        }
    }

    /// A contactor was found that does not open as it is told. Its enable may be what holds it: then the gate is what is left to
    /// open it, and is pulsed no more until the row that says so is cleared (docs/control-core.md, "The contactor").
    @_noLocks
    mutating func isContactorStuck() -> Bool {
        faults.stands(.contactorWelded) || faults.stands(.contactorNotOpened) || faults.stands(.phasesUnbidden)
    }

    /// Notes what the contactor is told, records pauses and resumptions, and counts its wear.
    @_noLocks
    mutating func noteContactor(
        _ enable: Bool, at now: MonotonicInstant, records: inout RecordIntents
    ) {
        if enable != contactor.isCommandedClosed {
            if enable { noteClosing(at: now, records: &records) } else { noteOpening(records: &records) }
        }
        contactor.command(closed: enable, at: now)
        if let time = contactor.closingTime { wear.closingTime = time }
        if let time = contactor.openingTime { wear.openingTime = time }
    }

    @_noLocks
    private mutating func noteClosing(at now: MonotonicInstant, records: inout RecordIntents) {
        closedAt = now
        wear.operations = wear.operations &+ 1
        if service.closesContactor() {
            // No car is there; what the last one drew is not broken by this opening.
            carried = .zero
            return
        }
        session.carStoppedAt = nil
        if session.isPaused, let newest = meter.newest { records.append(.resume(session.mark(newest))) }
        session.isPaused = false
        session.hasClosed = true
        session.wakeUps = 0
        sawD = false
    }

    @_noLocks
    private mutating func noteOpening(records: inout RecordIntents) {
        if session.phase.isPausing(), let newest = meter.newest {
            records.append(.pause(session.mark(newest), cause: session.pauseCause))
            session.isPaused = true
        }
        openedUnderLoad = carried >= Milliamps(500)
        guard carried > Milliamps(1_000) else { return }
        wear.openingsUnderLoad = wear.openingsUnderLoad &+ 1
        let amperes = UInt64(carried.rawValue) / 1_000
        let milliseconds = UInt64(max(wear.openingTime, .milliseconds(10)).wholeMilliseconds)
        wear.switchedSquareAmpereMilliseconds &+= amperes &* amperes &* milliseconds
    }

    /// Drives the socket's lock: locked from the authorisation to the end, and while the plug may be live.
    @_noLocks
    mutating func driveLock(_ input: ControlInput, at now: MonotonicInstant) -> Bool {
        guard case .socket = configuration.cable else { return false }
        let isLive = isPlugLive(input)
        if isLive {
            heldPlug.agree(at: now)
        } else {
            heldPlug.disagree()
            wasPlugDead = true
        }
        let wanted = mustLock(input, isLive: isLive, at: now)
        guard configuration.options.hasLock else { return wanted }
        if case .idle = session.phase { lock.note(isPlugged: false) } else { lock.note(isPlugged: true) }
        // Whatever the lock's own attempts come to: never towards open on a plug that may be live.
        let drive = lock.step(wantsLocked: wanted, feedback: input.lock, at: now)
        return drive || (wanted && isLive)
    }

    /// A failing supply frees a plug that is dead.
    @_noLocks
    private mutating func mustLock(_ input: ControlInput, isLive: Bool, at now: MonotonicInstant) -> Bool {
        switch session.phase {
        case .preparing, .beginning, .held, .offering, .waking, .switching, .charging, .stopping, .ending:
            return isLive || !input.supplyLow
        case .idle, .waiting, .ended:
            if service.closesLock() { return true }
            // What is locked stays so at once; an unread moment does not lock an empty socket.
            if lock.wantsLocked || isLeftLocked(input.lock) { return isLive }
            return heldPlug.holds(samples: PilotObserver.samples, span: PilotObserver.span, at: now)
        }
    }

    /// Until the plug was proven dead once, one that is not seen free may have been left locked on a weld by the program before.
    @_noLocks
    private func isLeftLocked(_ feedback: LockFeedback) -> Bool {
        guard configuration.options.hasLock, !wasPlugDead else { return false }
        if case .unlocked = feedback { return false }
        return true
    }

    /// Current, or a contactor that is not proven open: voltage behind one says so, too.
    @_noLocks
    private mutating func isPlugLive(_ input: ControlInput) -> Bool {
        contactor.isCommandedClosed || !isSurelyOpen() || input.currents.isAnyAbove(Milliamps(500))
    }

    /// What this connector asks of a shared supply. A grant wants current before its session begins: without a share of the
    /// supply it would never begin.
    @_noLocks
    mutating func demand(_ input: ControlInput, at now: MonotonicInstant) -> SupplyShare.Demand {
        var wants: Bool
        switch session.phase {
        case .waiting, .preparing, .beginning, .held, .offering, .waking, .switching, .charging: wants = true
        case .stopping: wants = !session.endsAfterStopping
        case .idle, .ending, .ended: wants = false
        }
        if case .none = input.authorization { wants = false }
        var inUse = promise.highest
        // Until the contactor is open the car may draw what is measured; unmeasured and at x1, whatever it can.
        if contactor.isCommandedClosed || contactor.isAny(.welded) || contactor.isAny(.notOpened) {
            let unseen = pwmSince == nil ? configuration.maximumCurrent : inUse
            inUse = max(inUse, input.currents.greatest() ?? unseen)
        }
        let most = arbiter.offer(at: now, without: .loadSharing).current
        return SupplyShare.Demand(wants: wants, most: most, inUse: inUse)
    }

    @_noLocks
    mutating func display(_ standing: FaultSummary, _ offer: CurrentOffer) -> DisplayState {
        var energy = session.finalEnergy
        if session.phase.isSessionOpen(), let newest = meter.newest { energy = session.energy(at: newest) }
        return DisplayState(
            level: pilot.settled, isPowered: pwmSince != nil, phase: session.phase, offered: promise.offered,
            limit: offer, energy: energy, fault: standing.shown, faults: standing.standing, phases: contactor.mode,
            wear: wear, session: session.number, service: service.activity())
    }
}
