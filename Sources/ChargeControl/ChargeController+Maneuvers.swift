import Quantities

// The two maneuvers in which the charger takes the pilot from the car: waking it, and switching its phases. While the pilot
// is cut, or held at F, nothing of the car can be seen (*disconnected by us*); so it is never longer than 4 s, no longer than
// a plug takes to be changed, and what is found afterwards must be a car in B or C or the session ends
// (docs/decisions/0006).
extension ChargeController {
    /// How long the pilot is cut or held at F; with the settling after it, 4 s of blindness.
    static var wakeUpHold: Nanoseconds { @_noLocks get { .milliseconds(3_950) } }
    /// x1 after it, in which the car must show itself.
    static var reconnection: Nanoseconds { @_noLocks get { .milliseconds(750) } }
    /// A car that has not asked for so long since current became available is asleep …
    static var asleepAfter: Nanoseconds { @_noLocks get { .seconds(30) } }
    /// … and after so long it is tried again with F.
    static var stillAsleepAfter: Nanoseconds { @_noLocks get { .seconds(90) } }
    /// A car that asked so lately is not asleep.
    static var awakeFor: Nanoseconds { @_noLocks get { .seconds(5) } }
    /// Every pole proven open for so long before the phase relay moves.
    static var provenBeforeSwitch: Nanoseconds { @_noLocks get { .milliseconds(100) } }
    /// A contactor that is not proven open by then is a fault's business.
    static var provenLimit: Nanoseconds { @_noLocks get { .seconds(10) } }
    /// Between two phase switches.
    static var phaseSwitchSpacing: Nanoseconds { @_noLocks get { .seconds(600) } }
    /// The most phase switches in one session.
    static var phaseSwitchesPerSession: UInt8 { @_noLocks get { 6 } }

    // MARK: Wake-up (Annex A, A.5.3)

    /// First E, since some old hybrids take F for a lasting fault; F later where the installer wants it. Only while power
    /// has been on offer: a car that stopped by itself is left alone.
    @_noLocks
    mutating func wakeIfAsleep(at now: MonotonicInstant) {
        guard let offeredSince = session.offeredSince else { return }
        if let lastAsked = pilot.lastAsked, now - lastAsked < Self.awakeFor { return }
        let waited = now - offeredSince
        switch configuration.options.wakeUp {
        case .never: return
        case .open, .openThenF:
            if session.wakeUps == 0, configuration.options.hasPilotRelay, waited >= Self.asleepAfter {
                session.wakeUps = 1
                return beginWaking(at: now)
            }
        }
        if case .openThenF = configuration.options.wakeUp, session.wakeUps < 2, waited >= Self.stillAsleepAfter {
            session.wakeUps = 2
            beginWaking(at: now)
        }
    }

    /// Whether the car is still being woken: its pilot is not its own.
    @_noLocks
    mutating func isWakeUpHeld(at now: MonotonicInstant) -> Bool { now - session.maneuverSince < Self.wakeUpHold }

    @_noLocks
    private mutating func beginWaking(at now: MonotonicInstant) {
        session.maneuverSince = now
        session.phase = .waking
    }

    @_noLocks
    mutating func wake(
        _ input: ControlInput, _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant
    ) {
        if endsBecauseOfStop(input, standing, at: now) { return }
        let isWanted = !standing.stops && offer.current > .zero
        if isWakeUpHeld(at: now) {
            // Nothing is to be offered any more: the pilot is given back at once.
            if !isWanted { session.maneuverSince = now - Self.wakeUpHold }
            return
        }
        reconnect(since: session.maneuverSince + Self.wakeUpHold, isWanted: isWanted, at: now)
    }

    /// The pilot is the car's again: B or C within 750 ms, or the session is over. A fault's state F in between puts it off.
    @_noLocks
    private mutating func reconnect(since given: MonotonicInstant, isWanted: Bool, at now: MonotonicInstant) {
        switch command {
        case .stateE, .stateF: return
        case .x1, .pwm: break
        }
        let start = max(given, x1Since)
        switch pilot.settled {
        case .b, .c: break
        case nil:
            if now - start >= Self.reconnection { session.end(.unplugged, fault: nil, at: now) }
            return
        case .a, .d, .e, .f, .invalid:
            session.end(.unplugged, fault: nil, at: now)
            return
        }
        guard now - start >= Self.reconnection else { return }
        session.phase = isWanted && now >= restartAt ? .offering : .held
        // After a phase switch current becomes available anew; after a wake-up it has been all along.
        if session.offeredSince == nil { session.offeredSince = now }
    }

    // MARK: One phase and three (docs/control-core.md, "Phase switching")

    /// Whether other phases are asked for, and may be taken now.
    @_noLocks
    mutating func wantsOtherPhases(_ input: ControlInput, at now: MonotonicInstant) -> Bool {
        guard configuration.options.switchesPhases, !(input.wantedPhases == contactor.mode) else { return false }
        // What cannot be seen cannot be proven open.
        if contactor.isAny(.unknown) { return false }
        // A contactor that has just broken a load may be welded where no feedback shows it yet.
        if openedUnderLoad || session.phaseSwitches >= Self.phaseSwitchesPerSession { return false }
        guard let last = phasesSwitchedAt else { return true }
        return now - last >= Self.phaseSwitchSpacing
    }

    @_noLocks
    mutating func beginSwitch(at now: MonotonicInstant) {
        session.pauseCause = .phases
        session.maneuverSince = now
        session.isSwitched = false
        session.offeredSince = nil
        session.phase = .switching
    }

    /// Moves the relay of L2 and L3.
    @_noLocks
    mutating func movePhases(_ wanted: PhaseMode, at now: MonotonicInstant) {
        contactor.select(wanted)
        phasesSwitchedAt = now
        session.phaseSwitches += 1
    }

    /// Contactor proven open, relay, pause at x1 with the car in view, pilot cut for the last 4 s, reconnection.
    @_noLocks
    mutating func switchPhases(
        _ input: ControlInput, _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant
    ) {
        if endsBecauseOfUnplug(at: now) || endsBecauseOfStop(input, standing, at: now) { return }
        let elapsed = now - session.maneuverSince
        if !session.isSwitched {
            // Nobody wants it any more.
            if input.wantedPhases == contactor.mode {
                session.phase = .held
                return
            }
            guard let since = contactor.provenOpenSince, now - since >= Self.provenBeforeSwitch else {
                if elapsed >= Self.provenLimit { session.phase = .held }
                return
            }
            movePhases(input.wantedPhases, at: now)
            session.isSwitched = true
            session.maneuverSince = now
            return
        }
        guard elapsed >= configuration.options.phaseSwitchPause else { return }
        let isWanted = !standing.stops && offer.current > .zero
        reconnect(
            since: session.maneuverSince + configuration.options.phaseSwitchPause, isWanted: isWanted, at: now)
    }

    /// Whether a phase switch has the pilot cut now.
    @_noLocks
    mutating func isPilotCut(at now: MonotonicInstant) -> Bool {
        // A relay that has not moved cuts nothing: it is given up after 10 s, and no pause is shorter than 15 s.
        guard configuration.options.hasPilotRelay else { return false }
        // Not right after a fault's state F: both together would hide the car for too long.
        guard now - stateFUntil >= .milliseconds(500) else { return false }
        let left = configuration.options.phaseSwitchPause - (now - session.maneuverSince)
        return left > .zero && left <= Self.wakeUpHold
    }
}
