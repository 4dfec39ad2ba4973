import Quantities

// From the input of a step to what the core knows: the pilot, the contactor, the meter, the cable, heat, and the plug.
extension ChargeController {
    @_noLocks
    mutating func observe(_ input: ControlInput, at now: MonotonicInstant) {
        loop.observe(lateness: input.lateness, at: now)
        switch command {
        case .stateE, .stateF: pilot.hold(at: now)
        case .x1, .pwm: break
        }
        pilot.observe(input.pilot, ventilated: isVentilated(input), at: now)
        observeDiode(input, at: now)
        observePlug()
        observeEmptyPlug(input, at: now)
        observeVentilation(at: now)
        contactor.observe(input.contactor, at: now)
        meter.observe(input, sessionIsOpen: session.phase.isSessionOpen(), at: now)
        if case .socket = configuration.cable { cable.observe(input.proximity) }
        observeCurrents(input, at: now)
        if loop.isFirst || loop.isStalled {
            pulsedSince = nil
        } else if pulsedSince == nil {
            pulsedSince = now
        }
    }

    /// State D may charge: there is a fan, and it says that it runs (docs/control-core.md, "State D").
    @_noLocks
    mutating func isVentilated(_ input: ControlInput) -> Bool { configuration.options.hasVentilation && input.fanRuns }

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

    /// What the car has shown since it was plugged in: a simplified car never shows B (Annex A, sequence 1.2).
    @_noLocks
    private mutating func observePlug() {
        if pilot.isSurely(.a) {
            sawEmpty = true
            sawB = false
            sawD = false
        }
        if pilot.isSurely(.b) {
            sawB = true
            sawD = false
        }
        if pilot.isSurely(.d) { sawD = true }
    }

    /// The fan runs on for a while after the last car that needed it.
    @_noLocks
    private mutating func observeVentilation(at now: MonotonicInstant) {
        guard configuration.options.hasVentilation else { return }
        if pilot.isSurely(.d), session.phase.isSessionOpen() {
            lastD = now
            if ventilationSince == nil { ventilationSince = now }
        } else if let lastD, now - lastD >= Self.ventilationRunOn {
            ventilationSince = nil
        }
    }

    static var ventilationRunOn: Nanoseconds { @_noLocks get { .seconds(300) } }

    @_noLocks
    private mutating func observeCurrents(_ input: ControlInput, at now: MonotonicInstant) {
        if input.currents.areAllBelow(Milliamps(500), phases: configuration.phases) {
            notDrawing.agree(at: now)
        } else {
            notDrawing.disagree()
        }
        if contactor.isCommandedClosed {
            // Unmeasured, it is what the car was last promised: x1 does not mean that it has stopped.
            let unseen = pwmSince == nil ? carried : promise.highest
            carried = input.currents.greatest() ?? unseen
        }
        // About 3 kW over all phases.
        let isLoaded = input.currents.total() > Milliamps(13_000)
        if configuration.options.hasBoardTemperature {
            boardHeat.observe(input.boardTemperature, isLoaded: isLoaded, at: now)
        }
        if configuration.options.hasPlugTemperature {
            plugHeat.observe(input.plugTemperature, isLoaded: isLoaded, at: now)
        }
    }

    /// The pilot says, settled and now, that no car is there.
    @_noLocks
    mutating func isUnplugged() -> Bool { pilot.isSurely(.a) }

    /// A car without S2: in state C (or D) since it was plugged in before this controller's eyes (sequence 1.2). Seen only
    /// by who saw the empty plug before: after a restart a car in C has to let go first.
    @_noLocks
    mutating func isSimplified() -> Bool { sawEmpty && !sawB }

    /// What the session, the cable, the heat and the phases allow now, and what the sources outside say.
    @_noLocks
    mutating func updateLimits(_ input: ControlInput) {
        if case .socket = configuration.cable { arbiter.set(cable.limit(), from: .cable) }
        for position in LimitSource.loadSharing.position()...LimitSource.installer.position() {
            let source = LimitSource.at(position)
            arbiter.set(input.limits[source], from: source)
        }
        arbiter.set(heatLimit(), from: .temperature)
        if let most = configuration.options.singlePhaseMaximum, contactor.mode == .single, configuration.phases > 1 {
            arbiter.set(CurrentLimit(most, because: .singlePhase), from: .phase)
        } else {
            arbiter.set(nil, from: .phase)
        }
        arbiter.set(grantLimit(input.authorization), from: .session)
    }

    @_noLocks
    private mutating func grantLimit(_ grant: Authorization?) -> CurrentLimit {
        guard let grant else { return CurrentLimit(.zero, because: .noGrant) }
        let current = grant.currentLimit ?? DutyCode.maximum
        guard let deadline = grant.deadline else { return CurrentLimit(current, because: .grant) }
        return CurrentLimit(current, because: .grant, until: deadline, failSafe: .zero)
    }

    @_noLocks
    private mutating func heatLimit() -> CurrentLimit {
        let options = configuration.options
        var least = configuration.maximumCurrent
        var isKnown = true
        if options.hasBoardTemperature {
            least = boardHeat.limit
            isKnown = boardHeat.isKnown
        }
        if options.hasPlugTemperature {
            least = min(least, plugHeat.limit)
            isKnown = isKnown && plugHeat.isKnown
        }
        return CurrentLimit(least, because: isKnown ? .heat : .heatUnknown)
    }

    /// Runs the residual self-test: at the start, before a session when it is due, and when it is asked for; only with the
    /// contactor proven open and nothing offered.
    @_noLocks
    mutating func testResidualMonitor(_ input: ControlInput, at now: MonotonicInstant, records: inout RecordIntents) {
        guard configuration.options.hasResidualTest else { return }
        // The program may have died in a test: the monitor answers that one until it has been seen at rest.
        if loop.isFirst { residualTest.abandon(at: now) }
        if residualTest.isRunning(), contactor.provenOpenSince == nil {
            residualTest.abandon(at: now)
        }
        switch residualTest.observe(direct: input.residualDirect, alternating: input.residualAlternating, at: now) {
        case .none: break
        case .passed: records.append(.residualSelfTest(passed: true, tripTime: residualTest.tripTime))
        case .failed: records.append(.residualSelfTest(passed: false, tripTime: residualTest.tripTime))
        }
        guard !residualTest.isRunning(), contactor.provenOpenSince != nil, !input.residualDirect,
            !input.residualAlternating
        else { return }
        switch session.phase {
        case .idle, .waiting, .preparing: break
        case .beginning, .held, .offering, .waking, .switching, .charging, .stopping, .ending, .ended: return
        }
        // A monitor that failed waits for someone: it is not tried until it happens to pass.
        let wanted = input.selfTestRequest || (!residualTest.hasFailed && residualTest.isDue(at: now))
        if wanted { residualTest.start(at: now) }
    }
}
