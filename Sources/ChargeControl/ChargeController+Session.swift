import Quantities

// The session's phases. Every decision is taken from the present state and input; a phase never waits on an event that
// could be missed.
extension ChargeController {
    /// The car has 6 s from x1 to stop (Annex A, sequence 10.2).
    static var stopLimit: Nanoseconds { @_noLocks get { .seconds(6) } }
    /// State C without a break before the contactor closes (fact sheet section 4.3).
    static var closeFilter: Nanoseconds { @_noLocks get { .milliseconds(500) } }
    /// After so long without a final reading the end record takes the newest one.
    static var finalReadingLimit: Nanoseconds { @_noLocks get { .seconds(10) } }
    /// A car that stopped asking so long before the unplug had ended the session itself.
    static var carStopTime: Nanoseconds { @_noLocks get { .seconds(1) } }
    /// x1 lasts at least so long before current is offered again, so that the car can see it.
    static var leastX1: Nanoseconds { @_noLocks get { .milliseconds(100) } }

    @_noLocks
    mutating func advanceSession(
        _ input: ControlInput, _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant,
        records: inout RecordIntents
    ) {
        if input.hardShutdown, session.phase.isSessionOpen() {
            session.end(.shutdown, fault: nil, at: now)
            recordEnd(isFinal: false, records: &records)
            return
        }
        switch session.phase {
        case .idle, .waiting, .ended: awaitAuthorization(input, standing, offer, at: now)
        case .preparing: prepare(input, standing, offer, at: now, records: &records)
        case .beginning: awaitBegin(input, standing, at: now)
        case .held: hold(input, standing, offer, at: now)
        case .offering: offerCurrent(input, standing, offer, at: now)
        case .charging: charge(input, standing, offer, at: now)
        case .stopping: stop(input, standing, at: now)
        case .ending: break
        }
        // Not a case of the switch: with the contactor long open a session may end in the step that decided it.
        if case .ending = session.phase { finish(at: now, records: &records) }
    }

    // MARK: Before the session

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

    /// The reading must be newer than the authorisation: identity and register are known now, not once.
    @_noLocks
    private mutating func prepare(
        _ input: ControlInput, _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant,
        records: inout RecordIntents
    ) {
        guard mayBegin(input, standing, offer, at: now), let grant = input.authorization else {
            session.phase = isUnplugged() ? .idle : .waiting
            return
        }
        guard let sample = meter.newest, sample.requestedAt() >= session.preparingSince else { return }
        session.open(slot: grant.slot, at: sample)
        cable.latch()
        records.append(.begin(session.mark(sample)))
    }

    @_noLocks
    private func mayBegin(
        _ input: ControlInput, _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant
    ) -> Bool {
        guard pilot.isSettled(at: .b), pilot.isNow(.b) else { return false }
        guard !standing.stops, offer.current > .zero, contactor.looksOpenOrUnobserved() else { return false }
        if input.ownerStop || input.softShutdown || input.hardShutdown { return false }
        guard case .ok = input.meter, case .ok = input.recordStore else { return false }
        guard let grant = input.authorization, hasOtherGrant(grant) else { return false }
        if let deadline = grant.deadline, now >= deadline { return false }
        return grant.energyLimit > configuration.energyMargin
    }

    /// Whether a grant stands that has not already had its session on this plug.
    @_noLocks
    private func hasOtherGrant(_ grant: Authorization?) -> Bool {
        guard let grant else { return false }
        guard let endedSlot = session.endedSlot else { return true }
        return grant.slot != endedSlot
    }

    // MARK: In the session

    @_noLocks
    private mutating func awaitBegin(_ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant) {
        if endsBecauseOfStop(input, standing, at: now) || endsBecauseOfUnplug(at: now) { return }
        if input.durableBegin == session.number { session.phase = .held }
    }

    /// Current is offered only from B1: the car must have seen x1 and let go.
    @_noLocks
    private mutating func hold(
        _ input: ControlInput, _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant
    ) {
        if endsBecauseOfStop(input, standing, at: now) || endsBecauseOfUnplug(at: now) { return }
        guard !standing.stops, offer.current > .zero, contactor.looksOpenOrUnobserved() else { return }
        guard input.durableBegin == session.number else { return }
        guard pilot.isSettled(at: .b), pilot.isNow(.b), now - x1Since >= Self.leastX1 else { return }
        session.phase = .offering
    }

    @_noLocks
    private mutating func offerCurrent(
        _ input: ControlInput, _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant
    ) {
        if endsBecauseOfStop(input, standing, at: now) || endsBecauseOfUnplug(at: now) { return }
        if standing.stops || offer.current == .zero {
            session.phase = .held
            return
        }
        if mayClose(at: now) { session.phase = .charging }
    }

    /// C2, unbroken for 500 ms under PWM, with a diode in the car and a contactor that looks open.
    @_noLocks
    private func mayClose(at now: MonotonicInstant) -> Bool {
        if configuration.benchBoard && !configuration.benchAllowed { return false }
        guard let pwmSince, let askingSince = pilot.askingSince, pilot.isNow(.c) else { return false }
        guard now - max(pwmSince, askingSince) >= Self.closeFilter else { return false }
        return diode.passes(at: now) && contactor.looksOpenOrUnobserved()
    }

    @_noLocks
    private mutating func charge(
        _ input: ControlInput, _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant
    ) {
        if pilot.mustOpen(at: now) {
            // Annex A sequences 2.2 and 8.1: the unplugged car ends the session, the car that lets go pauses it. Anything
            // else goes through B1.
            if endsBecauseOfUnplug(at: now) { return }
            if pilot.isNow(.b) {
                session.carStoppedAt = now
                session.pauseCause = .car
                session.phase = .offering
            } else {
                session.pauseCause = .fault
                session.phase = .held
            }
            return
        }
        let stop = endReason(input, standing, at: now)
        if standing.opens || input.durableBegin != session.number {
            session.pauseCause = .fault
            if let stop { session.end(stop, fault: standing.finalFault, at: now) } else { session.phase = .held }
            return
        }
        if let stop {
            session.reason = stop
            session.fault = standing.finalFault
            session.endsAfterStopping = true
            session.phase = .stopping
        } else if standing.stops || offer.current == .zero {
            session.endsAfterStopping = false
            session.pauseCause = standing.stops ? .fault : .noCurrent
            session.phase = .stopping
        }
    }

    /// C1: opens when the car lets go, when it no longer draws, at the latest after 6 s (Annex A, sequence 10).
    @_noLocks
    private mutating func stop(_ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant) {
        if !session.endsAfterStopping, let stop = endReason(input, standing, at: now) {
            session.reason = stop
            session.fault = standing.finalFault
            session.endsAfterStopping = true
        }
        guard mustOpenWhileStopping(input, standing, at: now) else { return }
        if session.endsAfterStopping {
            session.end(session.reason, fault: session.fault, at: now)
        } else if !endsBecauseOfUnplug(at: now) {
            session.phase = .held
        }
    }

    @_noLocks
    private func mustOpenWhileStopping(
        _ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant
    ) -> Bool {
        standing.opens || input.durableBegin != session.number || pilot.mustOpen(at: now)
            || now - x1Since >= Self.stopLimit
            || notDrawing.holds(samples: PilotObserver.samples, span: PilotObserver.span, at: now)
    }

    // MARK: The end

    /// Why the session must end now, if it must.
    @_noLocks
    private func endReason(_ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant) -> StopReason? {
        if input.softShutdown || input.hardShutdown { return .shutdown }
        if case .some = standing.finalFault { return .fault }
        if input.ownerStop { return .owner }
        guard let grant = input.authorization, grant.slot == session.slot else { return .grantWithdrawn }
        if let deadline = grant.deadline, now >= deadline { return .grantExpired }
        if let newest = meter.newest,
            session.energy(at: newest) >= grant.energyLimit.subtractingIfFits(configuration.energyMargin) ?? .zero
        {
            return grant.isLimitedByDriver() ? .energyLimit : .grantSpent
        }
        if case .nearlyFull = input.recordStore { return .journalFull }
        return nil
    }

    /// With the contactor open there is nothing to wait for: the session ends as soon as a reason stands.
    @_noLocks
    private mutating func endsBecauseOfStop(
        _ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant
    ) -> Bool {
        guard let stop = endReason(input, standing, at: now) else { return false }
        session.end(stop, fault: standing.finalFault, at: now)
        return true
    }

    @_noLocks
    private mutating func endsBecauseOfUnplug(at now: MonotonicInstant) -> Bool {
        guard isUnplugged() else { return false }
        var reason = StopReason.unplugged
        if let carStoppedAt = session.carStoppedAt, now - carStoppedAt >= Self.carStopTime { reason = .car }
        session.end(reason, fault: nil, at: now)
        return true
    }

    /// Waits for the proof that the contactor is open and a reading taken after it; not for ever.
    @_noLocks
    private mutating func finish(at now: MonotonicInstant, records: inout RecordIntents) {
        if !contactor.isCommandedClosed, let provenOpenSince = contactor.provenOpenSince, let newest = meter.newest,
            newest.requestedAt() >= provenOpenSince
        {
            recordEnd(isFinal: true, records: &records)
        } else if now - session.endingSince >= Self.finalReadingLimit {
            recordEnd(isFinal: false, records: &records)
        }
    }

    @_noLocks
    private mutating func recordEnd(isFinal: Bool, records: inout RecordIntents) {
        let sample = meter.newest ?? session.begin
        records.append(
            .end(
                session.mark(sample), reason: session.reason, fault: session.fault, ticks: session.ticks,
                isFinalReading: isFinal))
        session.finalEnergy = session.energy(at: sample)
        session.phase = .ended
        session.endedSlot = session.slot
        cable.release()
    }

    /// A car is there, whatever it wants.
    @_noLocks
    private func isPlugged() -> Bool {
        pilot.isSettled(at: .b) || pilot.isSettled(at: .c) || pilot.isSettled(at: .d)
    }
}
