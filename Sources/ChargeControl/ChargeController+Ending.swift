import Quantities

// The closed contactor, and how it opens again: pauses, stops, the end of the session.
extension ChargeController {
    /// After so long without a final reading the end record takes the newest one.
    static var finalReadingLimit: Nanoseconds { @_noLocks get { .seconds(10) } }
    /// A car that stopped asking so long before the unplug had ended the session itself.
    static var carStopTime: Nanoseconds { @_noLocks get { .seconds(1) } }

    /// C2 or D2.
    @_noLocks
    mutating func charge(
        _ input: ControlInput, _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant
    ) {
        // A car that was out of sight too long has not let go: it may be another one, and the session is over.
        if pilot.mustOpen(at: now), !pilot.lostSight { return openForCar(standing, at: now) }
        let stop = endReason(input, standing, at: now)
        if standing.opens || input.durableBegin != session.number {
            session.pauseCause = faultCause(standing)
            if let stop {
                session.end(stop, fault: endingFault(standing, at: now), at: now)
            } else {
                session.phase = .held
            }
            return
        }
        // C2 to C1 (sequence 10.1): every stop that can wait begins with x1.
        session.switchesAfterStopping = false
        session.endsAfterStopping = false
        if let stop {
            session.reason = stop
            session.fault = endingFault(standing, at: now)
            session.endsAfterStopping = true
            session.phase = .stopping
        } else if standing.stops || offer.current == .zero {
            session.pauseCause = standing.stops ? faultCause(standing) : limitCause(offer)
            session.phase = .stopping
        } else if wantsOtherPhases(input, at: now) {
            session.pauseCause = .phases
            session.switchesAfterStopping = true
            session.phase = .stopping
        }
    }

    /// Sequences 2.2, 8.1 and 8.2: the unplugged car ends the session, the car that lets go pauses it. Anything else goes
    /// through B1.
    @_noLocks
    private mutating func openForCar(_ standing: FaultSummary, at now: MonotonicInstant) {
        if endsBecauseOfUnplug(at: now) { return }
        if pilot.isNow(.b) {
            session.carStoppedAt = now
            session.pauseCause = .car
            session.phase = .offering
        } else if pilot.isNow(.d), configuration.options.hasVentilation {
            // The fan is asked to run; D2 closes again when it does.
            session.pauseCause = .car
            session.phase = .offering
        } else {
            session.pauseCause = faultCause(standing)
            session.phase = .held
        }
    }

    /// C1: opens when the car lets go, when it no longer draws, at the latest after 6 s (sequences 7, 10.1, 10.2).
    @_noLocks
    mutating func stop(_ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant) {
        if !session.endsAfterStopping || hasFinalFault(standing), let stop = endReason(input, standing, at: now) {
            session.reason = stop
            session.fault = endingFault(standing, at: now)
            session.endsAfterStopping = true
        }
        guard mustOpenNow(input, standing, at: now) else { return }
        blockRestart(until: now + Self.stopBlock)
        if session.endsAfterStopping {
            session.end(session.reason, fault: session.fault, at: now)
        } else if endsBecauseOfUnplug(at: now) {
            return
        } else if session.switchesAfterStopping, !standing.stops, carried < Milliamps(500) {
            beginSwitch(at: now)
        } else {
            session.phase = .held
        }
    }

    /// A fault that ends the session for good replaces a gentler reason, so that the record names it.
    @_noLocks
    private mutating func hasFinalFault(_ standing: FaultSummary) -> Bool {
        if case .none = standing.finalFault { return false }
        if case .none = session.fault { return true }
        return false
    }

    @_noLocks
    private mutating func mustOpenNow(_ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant) -> Bool
    {
        standing.opens || input.durableBegin != session.number || pilot.mustOpen(at: now)
            || now - x1Since >= Self.stopLimit
            || notDrawing.holds(samples: PilotObserver.samples, span: PilotObserver.span, at: now)
    }

    @_noLocks
    private mutating func faultCause(_ standing: FaultSummary) -> PauseCause {
        switch standing.shown {
        case .meterLost, .meterDistrusted: .meter
        case .loopStalled: .lateness
        default: .fault
        }
    }

    @_noLocks
    private mutating func limitCause(_ offer: CurrentOffer) -> PauseCause {
        switch offer.source {
        case .owner, .technician, .schedule: .owner
        default: .noCurrent
        }
    }

    // MARK: The end

    /// Why the session must end now, if it must. Limits of energy and time act early enough for the car to stop.
    @_noLocks
    private mutating func endReason(_ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant)
        -> StopReason?
    {
        // A hard one has ended the session before.
        if input.softShutdown { return .shutdown }
        switch standing.finalFault {
        case nil: break
        case .emergencyStop: return .emergencyStop
        case .meterDistrusted: return .meterDistrust
        default: return .fault
        }
        // A car that has not been seen for so long may be another one (docs/decisions/0006).
        if pilot.lostSight { return .fault }
        if input.ownerStop { return .owner }
        guard let grant = input.authorization, grant.slot == session.slot else { return .grantWithdrawn }
        if let deadline = grant.deadline, now + Self.stopLimit >= deadline { return grant.deadlineReason() }
        if let newest = meter.newest,
            session.energy(at: newest) >= grant.energyLimit.subtractingIfFits(configuration.energyMargin) ?? .zero
        {
            return grant.energyReason()
        }
        if case .nearlyFull = input.recordStore { return .journalFull }
        return nil
    }

    /// The fault that the end record names.
    @_noLocks
    private mutating func endingFault(_ standing: FaultSummary, at now: MonotonicInstant) -> FaultCode? {
        if let final = standing.finalFault { return final }
        return pilot.lostSight ? .pilotStale : nil
    }

    /// With the contactor open there is nothing to wait for: the session ends as soon as a reason stands.
    @_noLocks
    mutating func endsBecauseOfStop(
        _ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant
    ) -> Bool {
        guard let stop = endReason(input, standing, at: now) else { return false }
        session.end(stop, fault: endingFault(standing, at: now), at: now)
        return true
    }

    /// Sequences 2.1 and 2.2.
    @_noLocks
    mutating func endsBecauseOfUnplug(at now: MonotonicInstant) -> Bool {
        guard isUnplugged() else { return false }
        var reason = StopReason.unplugged
        if let carStoppedAt = session.carStoppedAt, now - carStoppedAt >= Self.carStopTime { reason = .car }
        session.end(reason, fault: nil, at: now)
        return true
    }

    /// Waits for the proof that the contactor is open and a reading taken after it; not for ever.
    @_noLocks
    mutating func finish(at now: MonotonicInstant, records: inout RecordIntents) {
        if let provenOpenSince = contactor.provenOpenSince, let newest = meter.newest,
            newest.requestedAt() >= provenOpenSince
        {
            recordEnd(isFinal: true, records: &records)
        } else if now - session.endingSince >= Self.finalReadingLimit {
            recordEnd(isFinal: false, records: &records)
        }
    }

    @_noLocks
    mutating func recordEnd(isFinal: Bool, records: inout RecordIntents) {
        let sample = meter.newest ?? session.begin
        records.append(
            .end(
                session.mark(sample), reason: session.reason, fault: session.fault, ticks: session.ticks,
                isFinalReading: isFinal))
        session.owesWear = session.hasClosed
        session.finalEnergy = session.energy(at: sample)
        session.phase = .ended
        session.endedSlot = session.slot
        cable.release()
    }
}
