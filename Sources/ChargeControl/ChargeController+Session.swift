import Quantities

// The session's phases up to the closed contactor. Every decision is taken from the present state and input; a phase never
// waits on an event that could be missed.
extension ChargeController {
    /// The car has 6 s from x1 to stop (Annex A, sequence 10.2).
    static var stopLimit: Nanoseconds { @_noLocks get { .seconds(6) } }
    /// A level that asks, without a break, before the contactor closes (docs/control-core.md, "Debouncing").
    static var closeFilter: Nanoseconds { @_noLocks get { .milliseconds(500) } }
    /// x1 lasts at least so long before current is offered again, so that the car can see it.
    static var leastX1: Nanoseconds { @_noLocks get { .milliseconds(100) } }
    /// A begin record that is not durable by then never will be.
    static var beginLimit: Nanoseconds { @_noLocks get { .seconds(60) } }
    /// After a stop by the charger no current is offered for so long (docs/control-core.md, "Restart blocks").
    static var stopBlock: Nanoseconds { @_noLocks get { .seconds(5) } }

    @_noLocks
    mutating func advanceSession(
        _ input: ControlInput, _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant,
        records: inout RecordIntents
    ) {
        if input.hardShutdown, session.phase.isSessionOpen() {
            if case .ending = session.phase {} else { session.end(.shutdown, fault: nil, at: now) }
            return
        }
        switch session.phase {
        case .idle, .waiting, .ended: awaitAuthorization(input, standing, offer, at: now)
        case .preparing: prepare(input, standing, offer, at: now, records: &records)
        case .beginning: awaitBegin(input, standing, at: now)
        case .held: hold(input, standing, offer, at: now)
        case .offering: offerCurrent(input, standing, offer, at: now)
        case .waking: wake(input, standing, offer, at: now)
        case .switching: switchPhases(input, standing, offer, at: now)
        case .charging: charge(input, standing, offer, at: now)
        case .stopping: stop(input, standing, at: now)
        case .ending: break
        }
        // Not a case of the switch: with the contactor long open a session may end in the step that decided it.
        if case .ending = session.phase { finish(at: now, records: &records) }
    }

    // MARK: Before the session

    /// A1, B1 or C1 without a session (sequences 1.1, 1.2, 2.1).
    @_noLocks
    private mutating func awaitAuthorization(
        _ input: ControlInput, _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant
    ) {
        if isUnplugged() {
            session.phase = .idle
            session.endedSlot = nil
            return
        }
        if case .ended = session.phase, !hasOtherGrant(input.authorization) { return }
        guard isPlugged() else { return }
        session.phase = .waiting
        guard mayBegin(input, standing, offer, at: now) else { return }
        session.phase = .preparing
        session.preparingSince = now
    }

    /// Everything that may take long is done here, in B1 (C1 for a simplified car): the residual self-test, the lock, a
    /// reading newer than the authorisation, so that identity and register are known now and not once.
    @_noLocks
    private mutating func prepare(
        _ input: ControlInput, _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant,
        records: inout RecordIntents
    ) {
        guard mayBegin(input, standing, offer, at: now), let grant = input.authorization else {
            session.phase = isUnplugged() ? .idle : .waiting
            return
        }
        if mustTestFirst(at: now) { return }
        if configuration.options.hasLock, !lock.isLocked() { return }
        guard let sample = meter.newest, sample.requestedAt() >= session.preparingSince else { return }
        session.open(slot: grant.slot, at: sample)
        cable.latch()
        records.append(.begin(session.mark(sample)))
    }

    /// A bench board that cannot see its contactor cannot test its monitor either.
    @_noLocks
    private mutating func mustTestFirst(at now: MonotonicInstant) -> Bool {
        guard configuration.options.hasResidualTest, !isBlindBench() else { return false }
        return residualTest.isRunning() || residualTest.isDue(at: now)
    }

    @_noLocks
    private mutating func mayBegin(
        _ input: ControlInput, _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant
    ) -> Bool {
        guard pilot.isSurely(.b) || waitsInC() else { return false }
        guard !standing.stops, offer.current > .zero, isSurelyOpen() else { return false }
        if input.ownerStop || input.softShutdown || input.hardShutdown || service.stands() { return false }
        guard case .ok = input.meter, case .ok = input.recordStore else { return false }
        guard let grant = input.authorization, hasOtherGrant(grant) else { return false }
        if let deadline = grant.deadline, now + Self.stopLimit >= deadline { return false }
        return grant.energyLimit > configuration.energyMargin
    }

    /// Whether a grant stands that has not already had its session on this plug.
    @_noLocks
    private mutating func hasOtherGrant(_ grant: Authorization?) -> Bool {
        guard let grant else { return false }
        guard let endedSlot = session.endedSlot else { return true }
        return grant.slot != endedSlot
    }

    /// A simplified car asks in C1 (or D1) from the start, and waits there (sequence 1.2).
    @_noLocks
    private mutating func waitsInC() -> Bool {
        guard isSimplified() else { return false }
        // Without a fan D is a fault, and begins nothing.
        return pilot.isSurely(.c) || pilot.isSurely(.d)
    }

    /// A car that asked for ventilation goes on when it no longer does, or when the fan runs.
    @_noLocks
    private mutating func mayReturnFromD(_ input: ControlInput) -> Bool {
        guard sawD else { return false }
        return pilot.isSurely(.c) || (isVentilated(input) && pilot.isSurely(.d))
    }

    // MARK: In the session, contactor open

    @_noLocks
    private mutating func awaitBegin(_ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant) {
        if endsBecauseOfUnplug(at: now) || endsBecauseOfStop(input, standing, at: now) { return }
        if input.durableBegin == session.number {
            session.phase = .held
        } else if now - session.begin.at >= Self.beginLimit {
            session.end(.recordFailure, fault: nil, at: now)
        }
    }

    /// x1 to x2 (sequence 3). From B1: the car must have seen x1 and let go. From C1 only for a car without S2, and for one
    /// that came back from D (docs/control-core.md, "State D").
    @_noLocks
    private mutating func hold(
        _ input: ControlInput, _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant
    ) {
        if endsBecauseOfUnplug(at: now) || endsBecauseOfStop(input, standing, at: now) { return }
        session.offeredSince = nil
        guard !standing.stops, offer.current > .zero, isSurelyOpen() else { return }
        guard input.durableBegin == session.number, now >= restartAt, now - x1Since >= Self.leastX1 else { return }
        if configuration.options.hasLock, !lock.isLocked() { return }
        guard pilot.isSurely(.b) || waitsInC() || mayReturnFromD(input) else { return }
        if wantsOtherPhases(input, at: now) {
            if session.hasClosed { return beginSwitch(at: now) }
            // Nothing was closed in this session yet: the relay moves at once, proven open.
            guard let since = contactor.provenOpenSince, now - since >= Self.provenBeforeSwitch else { return }
            // The offer of this step was made for the phases before.
            return movePhases(input.wantedPhases, at: now)
        }
        session.phase = .offering
        session.offeredSince = now
    }

    /// B2, or C2 within the filter (sequences 4, 9).
    @_noLocks
    private mutating func offerCurrent(
        _ input: ControlInput, _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant
    ) {
        if endsBecauseOfUnplug(at: now) || endsBecauseOfStop(input, standing, at: now) { return }
        if standing.stops || offer.current == .zero {
            // A limit that flutters around 6 A must not flutter the pilot.
            if offer.current == .zero { blockRestart(until: now + Self.stopBlock) }
            session.phase = .held
            return
        }
        if mayClose(at: now) {
            session.offeredSince = nil
            session.phase = .charging
        } else if pilot.isSurely(.b) {
            if wantsOtherPhases(input, at: now) { return beginSwitch(at: now) }
            wakeIfAsleep(at: now)
        }
    }

    /// C2 (D2 with a fan), unbroken for 500 ms under PWM, with a diode in the car and a contactor that looks open
    /// (sequence 4: within 3 s).
    @_noLocks
    private mutating func mayClose(at now: MonotonicInstant) -> Bool {
        if configuration.benchBoard && !configuration.benchAllowed { return false }
        if configuration.options.hasLock, !lock.isLocked() { return false }
        guard let pwmSince, let askingSince = pilot.askingSince else { return false }
        guard now - max(pwmSince, askingSince) >= Self.closeFilter else { return false }
        return diode.passes(at: now) && isSurelyOpen() && !residualTest.isRunning()
    }

    /// Puts the next offer off; a block that reaches further holds.
    @_noLocks
    mutating func blockRestart(until moment: MonotonicInstant) { restartAt = max(restartAt, moment) }

    /// Every pole is proven open. A bench board may have no feedback at all.
    @_noLocks
    mutating func isSurelyOpen() -> Bool { contactor.provenOpenSince != nil || isBlindBench() }

    @_noLocks
    mutating func isBlindBench() -> Bool { configuration.benchBoard && contactor.isUnobserved() }

    /// A car is there, whatever it wants.
    @_noLocks
    private mutating func isPlugged() -> Bool {
        pilot.isSettled(at: .b) || pilot.isSettled(at: .c) || pilot.isSettled(at: .d)
    }
}
