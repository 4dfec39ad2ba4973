import Quantities

// From the state of a step to what goes out.
extension ChargeController {
    /// Chooses what to put on the pilot and remembers since when it has been PWM or not.
    @_noLocks
    mutating func commandPilot(_ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant) {
        command = wantedCommand(standing, offer, at: now)
        if case .pwm = command {
            if pwmSince == nil { pwmSince = now }
        } else {
            if pwmSince != nil { x1Since = now }
            pwmSince = nil
            promise.withdraw()
        }
    }

    @_noLocks
    private mutating func wantedCommand(
        _ standing: FaultSummary, _ offer: CurrentOffer, at now: MonotonicInstant
    ) -> PilotCommand {
        switch session.phase {
        case .offering, .charging:
            promise.offer(offer.current, at: now)
            do throws(ChargeControlError) {
                if case .pwm(let highTime) = try DutyCode.encode(promise.offered) { return .pwm(highTime) }
                return .x1
            } catch {
                invariantBroken("the arbiter offers only currents that have a duty code")
            }
        case .idle:
            // Out of service (Annex A, sequence 12). Only without a car: at -12 V an unplug could not be seen.
            if case .stateF = command { return .stateF }
            return standing.isOutOfService && isUnplugged() ? .stateF : .x1
        case .waiting, .preparing, .beginning, .held, .stopping, .ending, .ended:
            return .x1
        }
    }

    /// The last word on the contactor, from the present state alone. The phases already follow the same rules; this stands
    /// behind them.
    @_noLocks
    func mayEnableContactor(_ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant) -> Bool {
        if standing.opens || loop.isStalled || loop.isFirst || input.hardShutdown { return false }
        if configuration.benchBoard && !configuration.benchAllowed { return false }
        if pilot.mustOpen(at: now) || input.durableBegin != session.number { return false }
        switch session.phase {
        case .charging: return pwmSince != nil
        case .stopping: return contactor.isCommandedClosed && now - x1Since < Self.stopLimit
        case .idle, .waiting, .preparing, .beginning, .held, .offering, .ending, .ended: return false
        }
    }

    /// Notes what the contactor is told, and records pauses and resumptions.
    @_noLocks
    mutating func noteContactor(
        _ enable: Bool, at now: MonotonicInstant, records: inout RecordIntents
    ) {
        if enable != contactor.isCommandedClosed, let newest = meter.newest {
            if enable {
                closedAt = now
                session.carStoppedAt = nil
                if session.isPaused { records.append(.resume(session.mark(newest))) }
                session.isPaused = false
                session.hasClosed = true
            } else if session.hasClosed, session.phase.isPausing() {
                records.append(.pause(session.mark(newest), cause: session.pauseCause))
                session.isPaused = true
            }
        }
        contactor.command(closed: enable, at: now)
    }

    /// The plug of a socket is locked from the authorisation to the end, and while the contactor is not proven open.
    @_noLocks
    func mustLock() -> Bool {
        guard case .socket = configuration.cable else { return false }
        switch session.phase {
        case .preparing, .beginning, .held, .offering, .charging, .stopping, .ending: return true
        case .idle, .waiting, .ended: return contactor.isCommandedClosed || !contactor.looksOpenOrUnobserved()
        }
    }

    @_noLocks
    func display(_ standing: FaultSummary, _ offer: CurrentOffer) -> DisplayState {
        var energy = session.finalEnergy
        if session.phase.isSessionOpen(), let newest = meter.newest { energy = session.energy(at: newest) }
        return DisplayState(
            level: pilot.settled, isPowered: pwmSince != nil, phase: session.phase, offered: promise.offered,
            limit: offer, energy: energy, fault: standing.shown, session: session.number)
    }
}
