import Quantities

// What raises each row of the fault table. The one place beside `FaultTable.swift` where a fault is made: the switch is
// over every code, so that a row without detection does not compile.
extension ChargeController {
    /// Runs every row of the table on this step's input.
    @_noLocks
    mutating func judgeFaults(_ input: ControlInput, at now: MonotonicInstant) -> FaultSummary {
        var around = FaultSurroundings()
        around.isUnplugged = isUnplugged()
        around.localReset = input.localReset
        around.technicianReset = input.technicianReset
        around.selfTestPassed = residualTest.passedAt != nil
        around.closedAt = closedAt
        var summary = FaultSummary()
        for row in 0..<faults.count {
            let presence = presence(of: faults.code(of: row), input, at: now)
            faults.advance(row: row, presence, around, at: now, into: &summary)
        }
        tripsBefore.emergencyStop = input.emergencyStop
        tripsBefore.direct = input.residualDirect
        tripsBefore.alternating = input.residualAlternating
        faults.summarise(into: &summary)
        blockRestart(until: summary.blockedUntil)
        // The first step is a return of the mains, too.
        if loop.isFirst && configuration.options.watchesVoltage { summary.randomisesRestart = true }
        if summary.randomisesRestart { blockRestart(until: now + random.next()) }
        return summary
    }

    @_noLocks
    private mutating func presence(of code: FaultCode, _ input: ControlInput, at now: MonotonicInstant) -> FaultPresence
    {
        switch code {
        case .pilotInvalid, .pilotShorted, .pilotNegative, .pilotStale, .ventilationMissing, .diodeMissing:
            pilotPresence(of: code, input, at: now)
        case .contactorWelded: contactor.isAny(.welded) ? .present : stuckPresence(at: now)
        case .contactorNotOpened: contactor.isAny(.notOpened) ? .present : stuckPresence(at: now)
        case .contactorNotClosed: FaultPresence(contactor.isAny(.notClosed))
        case .poleNotClosed: FaultPresence(contactor.isAny(.dead))
        case .contactorUnobserved: FaultPresence(contactor.isAny(.unknown))
        case .contactorFeedbackLost: FaultPresence(configuration.options.hasBothFeedbacks && contactor.isHalfBlind())
        case .contactorWorn: FaultPresence(wear.usedLife(of: configuration.options.contactorRating) >= 10_000)
        case .phasesUnbidden: FaultPresence(hasUnbiddenPhases(input))
        case .emergencyStop: tripPresence(input.emergencyStop, before: tripsBefore.emergencyStop)
        // During a self-test the monitor's outputs answer the test.
        case .residualDirect:
            residualTest.isRunning() ? .unheard : tripPresence(input.residualDirect, before: tripsBefore.direct)
        case .residualAlternating:
            residualTest.isRunning()
                ? .unheard : tripPresence(input.residualAlternating, before: tripsBefore.alternating)
        case .residualSelfTestFailed: FaultPresence(residualTest.hasFailed)
        case .residualSelfTestOverdue:
            FaultPresence(configuration.options.hasResidualTest && residualTest.isDue(at: now))
        case .earthMissing: FaultPresence(configuration.options.watchesEarth && !(input.earthPresent ?? false))
        case .enclosureOpen: FaultPresence(input.enclosureOpen)
        case .overvoltage: configuration.options.watchesVoltage ? mains.overvoltage(input.mains) : .absent
        case .undervoltage: configuration.options.watchesVoltage ? mains.undervoltage(input.mains) : .absent
        case .undervoltageDeep: configuration.options.watchesVoltage ? mains.undervoltageDeep(input.mains) : .absent
        case .voltageUnknown:
            FaultPresence(configuration.options.watchesVoltage && !input.mains.areKnown(phases: configuration.phases))
        case .overcurrent: isOvercurrent(input.currents) ? .present : unreadCurrents(input)
        case .overcurrentHardware: isBeyondHardware(input.currents) ? .present : unreadCurrents(input)
        case .overTemperature: configuration.options.hasBoardTemperature ? boardHeat.presence() : .absent
        case .plugOverTemperature: configuration.options.hasPlugTemperature ? plugHeat.presence() : .absent
        case .temperatureUnknown:
            FaultPresence(
                (configuration.options.hasBoardTemperature && !boardHeat.isKnown)
                    || (configuration.options.hasPlugTemperature && !plugHeat.isKnown))
        // Pilot and proximity of a plug that is pulled go together: that is an unplug, and no other cable.
        case .cableChanged: pilot.isNow(.a) ? .absent : FaultPresence(hasCableChanged())
        case .proximityFault: FaultPresence(hasBadProximity())
        case .lockFailed: FaultPresence(lock.lockFailed || lock.isStuckOpen)
        case .lockLost: FaultPresence(lock.isLost() && session.phase.isSessionOpen())
        case .unlockFailed: FaultPresence(lock.unlockFailed || lock.isStuckLocked)
        case .gateLost: gatePresence(input)
        case .brownOut: FaultPresence(input.supplyLow)
        case .loopStalled: loop.isStalled ? .present : loop.isLate ? .near : .absent
        case .loopLate: loop.isOftenLate(at: now) ? .present : loop.isLate ? .near : .absent
        case .meterSilent: FaultPresence(meter.isSilent())
        case .meterLost: meter.silence >= .seconds(10) ? .present : meter.isSilent() ? .near : .absent
        case .meterDistrusted: FaultPresence(isDistrusted(input.meter))
        case .recordsFailed, .recordsNearlyFull: recordPresence(of: code, input.recordStore)
        }
    }

    @_noLocks
    private mutating func pilotPresence(
        of code: FaultCode, _ input: ControlInput, at now: MonotonicInstant
    ) -> FaultPresence {
        if case .pilotStale = code { return FaultPresence(pilot.isStale && !pilot.isOurs) }
        // What a stale pilot hides may still be there: it neither clears nor silences a row.
        if pilot.isStale { return .hidden }
        guard pilot.hasNewSample, let level = pilot.level else { return .unheard }
        switch (code, level) {
        case (.pilotInvalid, .invalid), (.pilotShorted, .e), (.pilotNegative, .f): return .present
        case (.diodeMissing, _): return FaultPresence(!(diode.isGood ?? true))
        case (.ventilationMissing, .d): return FaultPresence(!mayStillVentilate(input, at: now))
        default: return .absent
        }
    }

    /// A fan that was asked for runs, or has 5 s to begin.
    @_noLocks
    private mutating func mayStillVentilate(_ input: ControlInput, at now: MonotonicInstant) -> Bool {
        guard configuration.options.hasVentilation else { return false }
        if input.fanRuns { return true }
        guard let ventilationSince else { return true }
        return now - ventilationSince < .seconds(5)
    }

    /// A phase whose current is not read now may still carry too much: a gap disarms nothing.
    @_noLocks
    private mutating func unreadCurrents(_ input: ControlInput) -> FaultPresence {
        contactor.isCommandedClosed && !input.currents.areKnown(phases: configuration.phases) ? .unheard : .absent
    }

    /// A weld whose feedback flickers is still one: its row is absent only when every pole has been proven open for a while.
    @_noLocks
    private mutating func stuckPresence(at now: MonotonicInstant) -> FaultPresence {
        if contactor.isCommandedClosed { return .absent }
        guard let since = contactor.provenOpenSince, now - since >= .milliseconds(100) else { return .unheard }
        return .absent
    }

    /// Only L1 is to be closed, and L2 or L3 carries more than 1 A.
    @_noLocks
    private mutating func hasUnbiddenPhases(_ input: ControlInput) -> Bool {
        guard configuration.options.switchesPhases, contactor.mode == .single else { return false }
        // Either way round: a transformer may be mounted the wrong way.
        return input.currents.withoutFirst().isAnyAbove(Milliamps(1_000))
    }

    /// A phase carries more than 1.1 times the highest promise of the last 5 s, and 0.5 A
    /// (docs/control-core.md, "Over-current").
    @_noLocks
    private mutating func isOvercurrent(_ currents: PhaseCurrents) -> Bool {
        guard contactor.isCommandedClosed, pwmSince != nil else { return false }
        let highest = promise.highest.rawValue
        return currents.isAnyAbove(Milliamps(highest + highest / 10 + 500))
    }

    /// A phase carries more than 1.25 times what the hardware is rated for.
    @_noLocks
    private mutating func isBeyondHardware(_ currents: PhaseCurrents) -> Bool {
        let rating = configuration.maximumCurrent.rawValue
        return currents.isAnyAbove(Milliamps(rating + rating / 4))
    }

    @_noLocks
    private mutating func hasCableChanged() -> Bool {
        guard case .socket = configuration.cable else { return false }
        // The cable is latched by the begin of a session and let go by its end.
        return cable.hasChanged()
    }

    /// A plug's coding that is shorted or of no known cable.
    @_noLocks
    private mutating func hasBadProximity() -> Bool {
        guard case .socket = configuration.cable else { return false }
        return cable.isBad()
    }

    /// A trip that chatters is a trip: one clean sample between two does not make it begin anew, two do.
    @_noLocks
    private mutating func tripPresence(_ trips: Bool, before: Bool) -> FaultPresence {
        if trips { return .present }
        return before ? .unheard : .absent
    }

    /// The gate is pulsed in every period, and reads dropped. While it is withheld it has to read so: that raises nothing, and
    /// proves nothing of one that was lost before.
    @_noLocks
    private mutating func gatePresence(_ input: ControlInput) -> FaultPresence {
        guard configuration.options.hasGateReadback, pulsedSince != nil else { return .absent }
        // The rows of the contactor stand before this one in the table: they are judged already.
        if isContactorStuck() { return .near }
        guard let held = input.gateHeld else { return .present }
        return FaultPresence(!held)
    }

    @_noLocks
    private mutating func isDistrusted(_ meter: MeterState) -> Bool {
        if case .distrusted = meter { return true }
        return false
    }

    @_noLocks
    private mutating func recordPresence(of code: FaultCode, _ store: RecordStoreState) -> FaultPresence {
        switch (code, store) {
        case (.recordsFailed, .failed), (.recordsNearlyFull, .nearlyFull): .present
        default: .absent
        }
    }
}
