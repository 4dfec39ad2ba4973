import Quantities

// From the input of a step to what the core knows: the pilot, the contactor, the meter, the cable, and the set of
// conditions that the fault table is run on.
extension ChargeController {
    @_noLocks
    mutating func observe(_ input: ControlInput, at now: MonotonicInstant) {
        loop.observe(lateness: input.lateness, at: now)
        pilot.observe(input.pilot, at: now)
        observeDiode(input, at: now)
        contactor.observe(mirrorContact: input.mirrorContact, loadSide: input.loadSide, at: now)
        meter.observe(input, sessionIsOpen: session.phase.isSessionOpen(), at: now)
        if case .socket = configuration.cable { cable.observe(input.proximity) }
        if input.currents.areAllBelow(Milliamps(500), phases: configuration.phases) {
            notDrawing.agree(at: now)
        } else {
            notDrawing.disagree()
        }
    }

    @_noLocks
    private mutating func observeDiode(_ input: ControlInput, at now: MonotonicInstant) {
        guard let pwmSince else {
            diode.reset()
            return
        }
        guard pilot.hasNewSample, let sample = input.pilot, let level = pilot.level else { return }
        switch level {
        case .b, .c, .d: diode.observe(sample, pwmSince: pwmSince, at: now)
        case .a: diode.reset()
        case .e, .f, .invalid: break
        }
    }

    /// What the fault table is told.
    @_noLocks
    func news(of input: ControlInput, at now: MonotonicInstant) -> FaultNews {
        var news = FaultNews()
        news.present = conditions(of: input, at: now)
        if !pilot.hasNewSample {
            news.unheard = .pilotInvalid.with(.pilotShorted).with(.pilotNegative).with(.ventilationMissing)
                .with(.diodeMissing)
        }
        news.isUnplugged = isUnplugged()
        news.resetRequested = input.localReset
        news.closedAt = closedAt
        return news
    }

    @_noLocks
    private func conditions(of input: ControlInput, at now: MonotonicInstant) -> FaultConditions {
        var present = FaultConditions.none
        if let level = pilot.level {
            if pilot.hasNewSample { present.insert(conditions(of: level)) }
        } else {
            present.insert(.pilotStale)
        }
        present.insert(.diodeMissing, if: pilot.hasNewSample && diode.isGood == false)
        present.insert(.emergencyStop, if: input.emergencyStop)
        present.insert(.residualDirect, if: input.residualDirect)
        present.insert(.residualAlternating, if: input.residualAlternating)
        present.insert(.contactorClosedUnbidden, if: contactor.seemsWelded())
        present.insert(.contactorOpenUnbidden, if: contactor.seemsNotClosed())
        present.insert(.contactorUnobserved, if: contactor.isUnobserved())
        present.insert(.periodStalled, if: loop.isStalled)
        present.insert(.periodLate, if: loop.isLate)
        present.insert(.periodsOftenLate, if: loop.isOftenLate(at: now))
        present.insert(.meterSilent, if: meter.silence >= .seconds(3))
        present.insert(.meterLost, if: meter.silence >= .seconds(10))
        if case .failed = input.recordStore { present.insert(.recordsFailed) }
        if case .socket = configuration.cable {
            present.insert(.cableChanged, if: session.phase.isSessionOpen() && cable.hasChanged())
        }
        present.insert(.overcurrent, if: isOvercurrent(input.currents))
        return present
    }

    @_noLocks
    private func conditions(of level: PilotLevel) -> FaultConditions {
        switch level {
        case .a, .b, .c: return .none
        case .d: return .ventilationMissing
        case .e: return .pilotShorted
        case .f:
            // Where the charger itself holds the pilot at -12 V, that is what it must read.
            if case .stateF = command { return .none }
            return .pilotNegative
        case .invalid: return .pilotInvalid
        }
    }

    /// A phase carries more than 1.1 times the highest promise of the last 5 s, and 0.5 A (fact sheet section 11).
    @_noLocks
    private func isOvercurrent(_ currents: PhaseCurrents) -> Bool {
        guard contactor.isCommandedClosed, pwmSince != nil else { return false }
        let highest = promise.highest.rawValue
        return currents.isAnyAbove(Milliamps(highest + highest / 10 + 500))
    }

    /// The pilot says, settled and now, that no car is there.
    @_noLocks
    func isUnplugged() -> Bool { pilot.isSettled(at: .a) && pilot.isNow(.a) }

    /// What the session and the cable allow now.
    @_noLocks
    mutating func updateLimits(_ input: ControlInput) {
        if case .socket = configuration.cable { arbiter.set(cable.limit(), from: .cable) }
        guard let grant = input.authorization else {
            arbiter.set(CurrentLimit(.zero, because: .noGrant), from: .session)
            return
        }
        let current = grant.currentLimit ?? DutyCode.maximum
        if let deadline = grant.deadline {
            arbiter.set(CurrentLimit(current, because: .grant, until: deadline, failSafe: .zero), from: .session)
        } else {
            arbiter.set(CurrentLimit(current, because: .grant), from: .session)
        }
    }
}
