import ChargeControl
import Quantities

extension FieldCoder {
    /// Every field of an input. A field that `ControlInput` gains is added here and nowhere else.
    @_noLocks
    mutating func code(_ input: inout ControlInput, at now: MonotonicInstant) {
        codeBoard(&input, at: now)
        codeMeter(&input)
        codeWishes(&input)
        code(&input.service)
        codeLimits(&input.limits)
    }

    @_noLocks
    private mutating func codeBoard(_ input: inout ControlInput, at now: MonotonicInstant) {
        enter("")
        code(&input.lateness, "lateness")
        codePilot(&input.pilot, at: now)
        enter("contactor")
        code(&input.contactor.mirror, "mirror")
        code(&input.contactor.secondMirror, "secondMirror")
        code(&input.contactor.firstLoad, "firstLoad")
        code(&input.contactor.secondLoad, "secondLoad")
        code(&input.contactor.thirdLoad, "thirdLoad")
        enter("currents")
        code(&input.currents.first, "first")
        code(&input.currents.second, "second")
        code(&input.currents.third, "third")
        enter("mains")
        code(&input.mains.first, "first")
        code(&input.mains.second, "second")
        code(&input.mains.third, "third")
        code(&input.mains.frequency, "frequency")
        enter("")
        code(&input.boardTemperature, "boardTemperature")
        code(&input.plugTemperature, "plugTemperature")
        code(&input.earthPresent, "earthPresent")
        code(&input.enclosureOpen, "enclosureOpen")
        code(&input.supplyLow, "supplyLow")
        code(&input.gateHeld, "gateHeld")
        code(&input.lock, "lock")
        code(&input.fanRuns, "fanRuns")
        code(&input.emergencyStop, "emergencyStop")
        code(&input.residualDirect, "residualDirect")
        code(&input.residualAlternating, "residualAlternating")
        code(&input.proximity, "proximity")
    }

    @_noLocks
    private mutating func codePilot(_ pilot: inout PilotSample?, at now: MonotonicInstant) {
        enter("pilot")
        var isThere = false
        if case .some = pilot { isThere = true }
        var sample = pilot ?? PilotSample(high: Millivolts(0), low: Millivolts(0), at: now)
        code(&isThere, "isThere")
        code(&sample.high, "high")
        code(&sample.low, "low")
        code(ageOf: &sample.at, at: now, "age")
        pilot = isThere ? sample : nil
    }

    @_noLocks
    private mutating func codeMeter(_ input: inout ControlInput) {
        enter("energy")
        var isThere = false
        if case .some = input.energy { isThere = true }
        var sample =
            input.energy
            ?? EnergySample(
                number: 0, imported: MilliwattHours(0), at: MonotonicInstant(nanoseconds: 0), elapsed: Nanoseconds(0))
        code(&isThere, "isThere")
        code(&sample.number, "number")
        code(&sample.imported, "imported")
        code(&sample.at, "at")
        code(&sample.elapsed, "elapsed")
        input.energy = isThere ? sample : nil
        enter("")
        code(&input.meter, "meter")
        code(&input.meterSince, "meterSince")
    }

    @_noLocks
    private mutating func codeWishes(_ input: inout ControlInput) {
        codeAuthorization(&input.authorization)
        enter("")
        code(&input.recordStore, "recordStore")
        code(&input.durableBegin, "durableBegin")
        code(&input.wantedPhases, "wantedPhases")
        code(&input.ownerStop, "ownerStop")
        code(&input.softShutdown, "softShutdown")
        code(&input.hardShutdown, "hardShutdown")
        code(&input.localReset, "localReset")
        code(&input.technicianReset, "technicianReset")
        code(&input.selfTestRequest, "selfTestRequest")
    }

    @_noLocks
    private mutating func codeAuthorization(_ authorization: inout Authorization?) {
        enter("authorization")
        var isThere = false
        if case .some = authorization { isThere = true }
        var grant =
            authorization
            ?? Authorization(
                slot: 0, energyLimit: MilliwattHours(0), energyLimitCause: .grant, currentLimit: nil, deadline: nil,
                deadlineCause: .grant)
        code(&isThere, "isThere")
        code(&grant.slot, "slot")
        code(&grant.energyLimit, "energyLimit")
        code(&grant.energyLimitCause, "energyLimitCause")
        code(&grant.currentLimit, "currentLimit")
        code(&grant.deadline, isThere: "hasDeadline", "deadline")
        code(&grant.deadlineCause, "deadlineCause")
        authorization = isThere ? grant : nil
    }

    @_noLocks
    private mutating func codeLimits(_ limits: inout LimitTable) {
        // The cable's limit is the last of all.
        for position in 0...LimitSource.cable.position() {
            let source = unsafeBitCast(UInt8(truncatingIfNeeded: position), to: LimitSource.self)
            enter("limits", element: Int32(truncatingIfNeeded: position))
            let known = limits[source]
            var isThere = false
            if case .some = known { isThere = true }
            var limit = known ?? CurrentLimit(Milliamps(0), because: .configured)
            code(&isThere, "isThere")
            code(&limit.current, "current")
            code(&limit.reason, "reason")
            code(&limit.expiry, isThere: "expires", "expiry")
            code(&limit.failSafe, "failSafe")
            limits[source] = isThere ? limit : nil
        }
    }
}
