import ChargeControl
import Quantities

/// What the oracle knows of service mode: who asked and was heard, what the plug showed, and what a test may.
struct OracleService: Sendable {
    /// Since when every step has seen an empty plug; and how many in a row have not.
    var emptySince: Int64 = -1
    var notEmpty = 0
    var notEmptySince: Int64 = 0
    /// The visit that stands, since when; and the newest that was judged.
    var visit: UInt32 = 0
    var since: Int64 = 0
    var judged: UInt32 = 0
    /// The contactor is told closed by a test, since then.
    var closesSince: Int64 = -1
    var closings = 0
    /// The wear of a test's closing is to be recorded, since its opening.
    var owesWear = false
    var owedSince: Int64 = -1
}

extension Oracle {
    mutating func watchService(_ truth: Truth) {
        var isEmpty = pilot.level == .a
        if case .socket = configuration.cable, truth.cable != 0 { isEmpty = false }
        guard isEmpty, !isStalled else {
            if service.notEmpty == 0 { service.notEmptySince = now }
            service.notEmpty += 1
            service.emptySince = -1
            return
        }
        service.notEmpty = 0
        if service.emptySince < 0 { service.emptySince = now }
    }

    private var isHot: Bool {
        let rows: UInt64 =
            1 << UInt64(FaultCode.overTemperature.position) | 1 << UInt64(FaultCode.plugOverTemperature.position)
        return standing & rows != 0
    }

    private func isHeard(_ input: ControlInput) -> Bool {
        let age = now - input.service.heardAt.nanoseconds
        return age >= 0 && age <= 5_000_000_000
    }

    /// When service mode begins, when it ends, and what it keeps from happening meanwhile.
    mutating func judgeService(_ input: ControlInput, _ output: ControlOutput) {
        let stands = output.service.visit != 0
        let forbids =
            limits.opensNow || isHot || input.softShutdown || input.hardShutdown || output.display.phase != .idle
            || !isHeard(input)
        let isAsked = input.service.visit != service.judged
        if isAsked {
            let isReady =
                !forbids && service.emptySince >= 0 && now - service.emptySince >= 5_000_000_000
                && pilot.isSurely(.a) && contacts.provenOpenSince >= 0 && input.service.visit != 0
            if stands != isReady { fail(.serviceBegan) }
            service.since = now
        } else if service.visit != 0 {
            let isLeft = service.notEmpty >= 5 && now - service.notEmptySince >= 20_000_000
            let mustEnd = forbids || isLeft || now - service.since >= 600_000_000_000
            if stands == mustEnd { fail(mustEnd ? .serviceStands : .serviceEnded) }
        } else if stands {
            fail(.serviceBegan)
        }
        if stands {
            if output.service.visit != input.service.visit { fail(.serviceBegan) }
            guard case .x1 = output.pilot else { return fail(.serviceStands) }
            if session.isOpen || output.display.service == .none || output.service.lamps == nil { fail(.displayed) }
        }
        service.judged = input.service.visit
        service.visit = output.service.visit
    }

    /// The lock is driven to locked by a test.
    func isLockTest(_ input: ControlInput, _ output: ControlOutput) -> Bool {
        guard output.service.test.stage == .driving, case .lock(let time) = input.service.test else { return false }
        return service.visit != 0 && options.hasLock && time > .zero && time <= .seconds(5)
            && output.service.test.number == input.service.testNumber
    }

    /// A contactor that is told closed outside a session: a test that runs, and nothing that calls it off.
    mutating func judgeTestClosed(_ input: ControlInput, _ output: ControlOutput) {
        guard output.service.test.stage == .driving, output.service.test.number == input.service.testNumber,
            case .contactor(let time) = input.service.test, output.service.visit != 0
        else { return fail(.closedOutsideSession) }
        if service.closesSince < 0 {
            service.closesSince = now
            service.closings += 1
            if contacts.provenOpenSince < 0 || now - contacts.provenOpenSince < 100_000_000 {
                fail(.closingOntoClosedPole)
            }
            if !pilot.isSurely(.a) { fail(.testWithCar) }
        }
        if now - service.closesSince >= min(time.rawValue, 2_000_000_000) { fail(.testTooLong) }
        if service.emptySince < 0 { fail(.testWithCar) }
        if isFirst || conditions.isLate || input.hardShutdown || input.softShutdown { fail(.closedInStall) }
        if limits.opensNow || isHot || isTripped(input) { fail(.closedWithFault) }
        if greatest(input.currents) > 500 { fail(.testWithCar) }
        if conditions.test != .resting { fail(.testInput) }
        if configuration.benchBoard, !configuration.benchAllowed { fail(.closedOutsideSession) }
        guard case .x1 = output.pilot else { return fail(.closedUnderF) }
    }

    private func isTripped(_ input: ControlInput) -> Bool {
        if input.emergencyStop || input.residualDirect || input.residualAlternating { return true }
        if input.enclosureOpen || input.supplyLow { return true }
        return options.watchesEarth && input.earthPresent != true
    }

    /// Behind the contactor's judgement of a step.
    mutating func noteTest(_ output: ControlOutput) {
        if service.closesSince >= 0, !output.contactorEnable {
            service.closesSince = -1
            service.owesWear = true
            service.owedSince = now
        }
        if service.owesWear, now - service.owedSince > 1_000_000_000, !isStalled { fail(.recordGrammar) }
    }
}
