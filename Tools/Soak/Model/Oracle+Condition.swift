import ChargeControl
import Quantities

// Whether the condition of each row is there, from what was put in.
extension Oracle {
    mutating func condition(of code: FaultCode, _ input: ControlInput) -> OracleRow.Condition {
        switch code {
        case .pilotShorted: return pilotCondition { $0 == .e }
        case .pilotInvalid: return pilotCondition { $0 == .invalid }
        case .pilotNegative: return pilotCondition { $0 == .f }
        case .diodeMissing:
            let isBad = pilot.low == 0
            return pilotCondition { _ in isBad }
        case .ventilationMissing:
            let mayWait = mayWaitForFan(input)
            return pilotCondition { $0 == .d && !mayWait }
        case .pilotStale: return present(pilot.isStale && !pilot.isOurs)
        case .contactorWelded: return contacts.welded != 0 ? .present : stuck()
        case .contactorNotOpened: return contacts.notOpened != 0 ? .present : stuck()
        case .contactorNotClosed: return present(contacts.notClosed != 0)
        case .poleNotClosed: return present(contacts.dead != 0)
        case .contactorUnobserved: return present(contacts.unknown != 0)
        case .contactorFeedbackLost: return present(options.hasBothFeedbacks && isHalfBlind(input.contactor))
        case .contactorWorn: return present(isWorn())
        case .phasesUnbidden:
            let second = input.currents.second?.rawValue ?? 0
            let third = input.currents.third?.rawValue ?? 0
            return present(options.switchesPhases && mode == .single && max(abs(second), abs(third)) > 1_000)
        case .emergencyStop: return trip(input.emergencyStop, before: conditions.stopBefore)
        case .residualDirect:
            return conditions.test == .resting
                ? trip(input.residualDirect, before: conditions.directBefore) : .unheard
        case .residualAlternating:
            return conditions.test == .resting
                ? trip(input.residualAlternating, before: conditions.alternatingBefore) : .unheard
        case .residualSelfTestFailed: return present(conditions.hasFailed)
        case .residualSelfTestOverdue: return present(options.hasResidualTest && isTestDue())
        case .earthMissing: return present(options.watchesEarth && input.earthPresent != true)
        case .enclosureOpen: return present(input.enclosureOpen)
        case .brownOut: return present(input.supplyLow)
        case .gateLost:
            guard options.hasGateReadback, !isFirst, !isStalled else { return .absent }
            // Pulsed no more, it reads dropped, and is not lost for that.
            return withholdsGate ? .near : present(input.gateHeld != true)
        default: return otherCondition(of: code, input)
        }
    }

    private mutating func otherCondition(of code: FaultCode, _ input: ControlInput) -> OracleRow.Condition {
        switch code {
        case .overvoltage: return mains(input.mains) { highest, _, share in highest > share * 115 }
        case .undervoltage: return mains(input.mains) { _, lowest, share in lowest < share * 80 }
        case .undervoltageDeep: return mains(input.mains) { _, lowest, share in lowest < share * 50 }
        case .voltageUnknown:
            let isKnown =
                input.mains.first != nil && (phases == 1 || (input.mains.second != nil && input.mains.third != nil))
            return present(options.watchesVoltage && !isKnown)
        case .overcurrent: return overcurrent(input.currents)
        case .overcurrentHardware:
            let rating = configuration.maximumCurrent.rawValue
            return greatest(input.currents) > rating + rating / 4 ? .present : unread(input.currents)
        case .overTemperature:
            return options.hasBoardTemperature ? conditions.boardHeat.condition(stop: 800) : .absent
        case .plugOverTemperature:
            return options.hasPlugTemperature ? conditions.plugHeat.condition(stop: 900) : .absent
        case .temperatureUnknown:
            return present(
                (options.hasBoardTemperature && !conditions.boardHeat.isKnown)
                    || (options.hasPlugTemperature && !conditions.plugHeat.isKnown))
        case .cableChanged:
            // With the pilot at A it is an unplug.
            if pilot.level == .a { return .absent }
            guard case .socket = configuration.cable, session.isOpen, conditions.latchedCable != -2 else {
                return .absent
            }
            return present(conditions.cableCount == 0 || conditions.cable != conditions.latchedCable)
        case .proximityFault:
            guard case .socket = configuration.cable else { return .absent }
            return present(conditions.settledCable == -1)
        case .lockFailed: return present(lock.lockFailed || lock.isStuckOpen)
        case .unlockFailed: return present(lock.unlockFailed || lock.isStuckLocked)
        case .lockLost: return present(session.isOpen && lock.wanted && lock.wasLocked && !lock.isLocked)
        case .loopStalled: return isStalled ? .present : conditions.isLate ? .near : .absent
        case .loopLate:
            if now - conditions.lateThrice <= 1_000_000_000 { return .present }
            return conditions.isLate ? .near : .absent
        case .meterSilent: return present(conditions.silence >= 3_000_000_000)
        case .meterLost:
            return conditions.silence >= 10_000_000_000
                ? .present : conditions.silence >= 3_000_000_000 ? .near : .absent
        case .meterDistrusted: return present(input.meter == .distrusted)
        case .recordsFailed: return present(input.recordStore == .failed)
        case .recordsNearlyFull: return present(input.recordStore == .nearlyFull)
        // A row that this oracle does not know yet: whatever it does is not judged, its effect is.
        default: return .either
        }
    }

    /// A pole that flickers is stuck until all have been proven open for 100 ms.
    private mutating func stuck() -> OracleRow.Condition {
        if isEnabled { return .absent }
        return contacts.provenOpenSince >= 0 && now - contacts.provenOpenSince >= 100_000_000 ? .absent : .unheard
    }

    /// One clean sample between two trips does not end them.
    private func trip(_ isThere: Bool, before: Bool) -> OracleRow.Condition {
        isThere ? .present : before ? .unheard : .absent
    }

    /// A current that is not read while it is closed disarms nothing.
    private func unread(_ currents: PhaseCurrents) -> OracleRow.Condition {
        let isKnown = currents.first != nil && (phases == 1 || (currents.second != nil && currents.third != nil))
        return isEnabled && !isKnown ? .unheard : .absent
    }

    private func present(_ isThere: Bool) -> OracleRow.Condition { isThere ? .present : .absent }

    private mutating func pilotCondition(_ isThere: (PilotLevel) -> Bool) -> OracleRow.Condition {
        if pilot.isStale { return .hidden }
        guard pilot.hasNew, let level = pilot.level else { return .unheard }
        return isThere(level) ? .present : .absent
    }

    private mutating func mayWaitForFan(_ input: ControlInput) -> Bool {
        guard options.hasVentilation else { return false }
        if input.fanRuns { return true }
        return conditions.fanSince < 0 || now - conditions.fanSince < 5_000_000_000
    }

    private mutating func isHalfBlind(_ feedback: ContactorFeedback) -> Bool {
        let mirrors =
            feedback.mirror != .unknown && (!options.switchesPhases || feedback.secondMirror != .unknown)
        let loads =
            feedback.firstLoad != .unknown
            && (phases == 1 || (feedback.secondLoad != .unknown && feedback.thirdLoad != .unknown))
        return mirrors != loads
    }

    private mutating func isWorn() -> Bool {
        let rating = options.contactorRating
        if wear.closingTime > rating.slowest || wear.openingTime > rating.slowest { return true }
        let operations = Int64(wear.operations) * 10_000 / max(1, Int64(rating.operations))
        let openings = Int64(wear.openingsUnderLoad) * 10_000 / max(1, Int64(rating.openingsUnderLoad))
        return operations + openings >= 10_000
    }

    private mutating func mains(
        _ mains: MainsVoltages, _ isTrip: (_ highest: Int32, _ lowest: Int32, _ share: Int32) -> Bool
    ) -> OracleRow.Condition {
        guard options.watchesVoltage else { return .absent }
        var lowest = Int32.max
        var highest = Int32.min
        func see(_ voltage: Millivolts?) {
            guard let voltage else { return }
            lowest = min(lowest, voltage.rawValue)
            highest = max(highest, voltage.rawValue)
        }
        see(mains.first)
        if phases == 3 {
            see(mains.second)
            see(mains.third)
        }
        let share = configuration.nominalVoltage.rawValue / 100
        if highest >= lowest, isTrip(highest, lowest, share) { return .present }
        if mains.first == nil || (phases == 3 && (mains.second == nil || mains.third == nil)) { return .hidden }
        let frequency = mains.frequency?.rawValue ?? 50_000
        let isGood = lowest >= share * 90 && highest <= share * 109 && frequency >= 49_900 && frequency <= 50_100
        return isGood ? .absent : .near
    }

    /// The greatest current, whichever way it flows.
    func greatest(_ currents: PhaseCurrents) -> Int32 {
        max(
            abs(currents.first?.rawValue ?? 0), abs(currents.second?.rawValue ?? 0),
            abs(currents.third?.rawValue ?? 0))
    }

    /// More than 1.1 times the highest promise of the last 5 s and 0.5 A. What was promised 5 to 10 s ago may still count.
    private mutating func overcurrent(_ currents: PhaseCurrents) -> OracleRow.Condition {
        guard isEnabled, pilot.pwmSince >= 0 else { return unread(currents) }
        let drawn = greatest(currents)
        if drawn <= limits.promised + limits.promised / 10 + 500 { return unread(currents) }
        let certain = limits.highest(since: now - 10_300_000_000)
        if drawn > certain + certain / 10 + 500 { return .present }
        let possible = limits.highest(since: now - 4_800_000_000)
        return drawn > possible + possible / 10 + 500 ? .either : unread(currents)
    }
}
