public import Quantities

// Service mode: nothing is sold, the pilot is at steady +12 V, and a technician's tests may move the contactor, the lock and
// the lamps (docs/control-core.md, "Service mode"). The fault table was judged before any of this in the same step, and the
// last word on the contactor is `mayEnableContactor`.
extension ChargeController {
    /// Service mode ends by itself after so long.
    public static var serviceLimit: Nanoseconds { @_noLocks get { .seconds(600) } }
    /// Service mode ends when whoever asked for it was not heard for so long.
    public static var serviceLease: Nanoseconds { @_noLocks get { .seconds(5) } }
    /// The plug must have been seen empty for so long before service mode begins.
    static var emptyFor: Nanoseconds { @_noLocks get { .seconds(5) } }
    /// A message may be as much younger than the step that reads it: the step's time is that of its beginning.
    static var heardLead: Nanoseconds { @_noLocks get { .seconds(1) } }
    /// Every pole proven open for so long behind a test.
    static var weldCheckTime: Nanoseconds { @_noLocks get { .milliseconds(100) } }
    /// By then the fault table has latched a weld; what is not proven by then is not known.
    static var weldCheckLimit: Nanoseconds { @_noLocks get { .milliseconds(600) } }

    /// Notes whether the plug is empty: state A by a sample of the car's, and in a socket no cable.
    @_noLocks
    mutating func observeEmptyPlug(_ input: ControlInput, at now: MonotonicInstant) {
        guard isPlugEmpty(input), !loop.isStalled else {
            service.emptySince = nil
            service.notEmpty.agree(at: now)
            return
        }
        service.notEmpty.disagree()
        if service.emptySince == nil { service.emptySince = now }
    }

    @_noLocks
    private mutating func isPlugEmpty(_ input: ControlInput) -> Bool {
        guard pilot.isNow(.a) else { return false }
        guard case .socket = configuration.cable else { return true }
        guard let resistance = input.proximity else { return false }
        return ProximityClass(resistance) == .noPlug
    }

    /// One step of service mode.
    @_noLocks
    mutating func runService(_ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant) {
        service.obstacle = serviceObstacle(input, standing, at: now)
        judgeVisit(input.service, standing, at: now)
        if service.stands(), let ending = serviceEnding(input, standing, at: now) {
            endVisit(because: ending, standing, at: now)
        }
        followTest(input, standing, at: now)
        judgeTest(input, standing, at: now)
    }

    // MARK: The visit

    /// What forbids service mode to begin.
    @_noLocks
    private mutating func serviceObstacle(
        _ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant
    ) -> ServiceBar? {
        if input.softShutdown || input.hardShutdown { return .shutdown }
        switch session.phase {
        case .idle: break
        case .waiting, .preparing, .ended: return .car
        case .beginning, .held, .offering, .waking, .switching, .charging, .stopping, .ending: return .session
        }
        if forbidsService(standing) { return .fault }
        guard pilot.isSurely(.a), let since = service.emptySince, now - since >= Self.emptyFor else { return .car }
        if contactor.provenOpenSince == nil { return .contactorNotOpen }
        return nil
    }

    /// A fault that opens, or heat: whatever else stands is what a technician may have come for.
    @_noLocks
    private mutating func forbidsService(_ standing: FaultSummary) -> Bool {
        standing.opens || standing.standing.holds(.overTemperature)
            || standing.standing.holds(.plugOverTemperature)
    }

    /// A visit is judged once, by its number.
    @_noLocks
    private mutating func judgeVisit(_ wish: ServiceWish, _ standing: FaultSummary, at now: MonotonicInstant) {
        guard wish.visit != service.judged else { return }
        if service.stands() { endVisit(because: .left, standing, at: now) }
        service.judged = wish.visit
        service.ended = nil
        service.endedBy = nil
        guard wish.visit != 0 else { return }
        if !isHeard(wish, at: now) {
            service.ended = .silent
        } else if let obstacle = service.obstacle {
            service.ended = obstacle
            service.endedBy = fault(behind: obstacle, standing)
        } else {
            service.visit = wish.visit
            service.since = now
        }
    }

    @_noLocks
    private mutating func isHeard(_ wish: ServiceWish, at now: MonotonicInstant) -> Bool {
        guard wish.heardAt >= MonotonicInstant(nanoseconds: 0), wish.heardAt <= now + Self.heardLead else {
            return false
        }
        return now - wish.heardAt <= Self.serviceLease
    }

    /// Why service mode ends in this step.
    @_noLocks
    private mutating func serviceEnding(
        _ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant
    ) -> ServiceBar? {
        if !isHeard(input.service, at: now) { return .silent }
        if now - service.since >= Self.serviceLimit { return .expired }
        if input.softShutdown || input.hardShutdown { return .shutdown }
        if forbidsService(standing) { return .fault }
        guard case .idle = session.phase else { return .car }
        if service.notEmpty.holds(samples: PilotObserver.samples, span: PilotObserver.span, at: now) { return .car }
        return nil
    }

    @_noLocks
    private mutating func endVisit(because ending: ServiceBar, _ standing: FaultSummary, at now: MonotonicInstant) {
        service.visit = 0
        service.ended = ending
        service.endedBy = fault(behind: ending, standing)
        if service.drives() { service.release(because: ending, service.endedBy, at: now) }
    }

    /// The fault to name with a reason that is one.
    @_noLocks
    private mutating func fault(behind bar: ServiceBar, _ standing: FaultSummary) -> FaultCode? {
        guard case .fault = bar else { return nil }
        return standing.shown
    }

    // MARK: The test

    @_noLocks
    private mutating func callOff(_ bar: ServiceBar, _ standing: FaultSummary, at now: MonotonicInstant) {
        service.release(because: bar, fault(behind: bar, standing), at: now)
    }

    /// What calls a test off at once, before any persistence of the fault table.
    @_noLocks
    private mutating func testBar(_ input: ControlInput, _ standing: FaultSummary) -> ServiceBar? {
        if standing.opens { return .fault }
        if loop.isFirst || loop.isLate { return .late }
        if input.emergencyStop || input.residualDirect || input.residualAlternating { return .tripped }
        if input.enclosureOpen || input.supplyLow { return .tripped }
        if configuration.options.watchesEarth && !(input.earthPresent ?? false) { return .tripped }
        if !isPlugEmpty(input) { return .car }
        if configuration.options.hasBoardTemperature, case .present = boardHeat.presence() { return .heat }
        if configuration.options.hasPlugTemperature, case .present = plugHeat.presence() { return .heat }
        if input.currents.isAnyAbove(Milliamps(500)) { return .load }
        return nil
    }

    /// A test is judged once, by its number; a second one waits until the first is over.
    @_noLocks
    private mutating func judgeTest(_ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant) {
        let wish = input.service
        guard !wish.test.isNone(), wish.testNumber != service.report.number, !service.isTesting() else { return }
        service.report = ServiceTestReport()
        service.report.number = wish.testNumber
        service.test = wish.test
        if let bar = testObstacle(input, standing, at: now) {
            service.report.stage = .refused
            service.report.cause = bar
            service.report.fault = fault(behind: bar, standing)
        } else {
            service.report.stage = .driving
            service.startedAt = now
        }
    }

    @_noLocks
    private mutating func testObstacle(
        _ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant
    ) -> ServiceBar? {
        guard service.stands(), service.visit == input.service.visit else { return .notInService }
        guard input.service.test.isWithinLimit() else { return .outsideLimit }
        switch input.service.test {
        case .none, .lamps: return nil
        case .contactor:
            if configuration.benchBoard && !configuration.benchAllowed { return .unequipped }
            if residualTest.isRunning() { return .residualTest }
            guard let since = contactor.provenOpenSince, now - since >= Self.weldCheckTime else {
                return .contactorNotOpen
            }
            guard pilot.isSurely(.a) else { return .car }
        case .lock:
            guard case .socket = configuration.cable, configuration.options.hasLock else { return .unequipped }
            switch input.lock {
            case .unlocked: break
            case .locked: return .lockNotOpen
            case .unknown: return .unequipped
            }
        }
        return testBar(input, standing)
    }

    /// Follows a test that is not over. It stops driving when its time is over, when anything calls it off, and when nobody
    /// asks for it any more; what it came to is told behind that.
    @_noLocks
    private mutating func followTest(_ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant) {
        guard service.isTesting() else { return }
        if service.drives(), input.service.test.isNone() || input.service.testNumber != service.report.number {
            service.release(because: .left, nil, at: now)
        }
        switch service.test {
        case .none: service.report.stage = .ended
        case .contactor(let time): followContactor(for: time, input, standing, at: now)
        case .lock(let time): followLock(for: time, input, standing, at: now)
        case .lamps(_, let time):
            if !service.drives() || now - service.startedAt >= time { service.report.stage = .ended }
        }
    }

    @_noLocks
    private mutating func followContactor(
        for time: Nanoseconds, _ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant
    ) {
        guard service.drives() else { return checkForWeld(standing, at: now) }
        if let bar = testBar(input, standing) { return callOff(bar, standing, at: now) }
        if contactor.isAsToldClosed() {
            if service.report.actuation == nil { service.report.actuation = now - service.startedAt }
        } else if service.report.actuation != nil || contactor.isAny(.unknown) {
            return callOff(.feedback, standing, at: now)
        }
        if now - service.startedAt >= time { service.release(because: nil, nil, at: now) }
    }

    /// Behind the opening: the fault table judges a weld, this waits for its word or for the proof that there is none.
    @_noLocks
    private mutating func checkForWeld(_ standing: FaultSummary, at now: MonotonicInstant) {
        if let since = contactor.provenOpenSince, service.report.release == nil {
            service.report.release = max(since - service.releasedAt, .zero)
        }
        if standing.standing.holds(.contactorWelded) {
            service.report.fault = .contactorWelded
            service.report.weld = .stuck
        } else if standing.standing.holds(.contactorNotOpened) {
            service.report.fault = .contactorNotOpened
            service.report.weld = .stuck
        } else if let since = contactor.provenOpenSince, now - since >= Self.weldCheckTime {
            service.report.weld = .clear
        } else if now - service.releasedAt < Self.weldCheckLimit {
            return
        }
        service.report.stage = .ended
        session.owesWear = true
    }

    /// Locking has four fifths of the time, unlocking what is left. A bolt that moved in neither of two whole attempts to lock,
    /// or not in one to let go, is a finding of the fault table, as a session's would be.
    @_noLocks
    private mutating func followLock(
        for time: Nanoseconds, _ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant
    ) {
        let elapsed = now - service.startedAt
        if service.drives() {
            service.report.actuationTries = lock.tries()
            if let bar = testBar(input, standing) { return callOff(bar, standing, at: now) }
            if case .locked = input.lock {
                service.report.actuation = elapsed
                return service.release(because: nil, nil, at: now)
            }
            let forLocking = Nanoseconds(time.rawValue / 5 * 4)
            guard elapsed >= forLocking else { return }
            let isStuck = elapsed >= PlugLock.twoAttempts
            if isStuck { lock.findStuckOpen() }
            return service.release(because: nil, isStuck ? .lockFailed : nil, at: now)
        }
        service.report.releaseTries = lock.tries()
        if case .unlocked = input.lock {
            service.report.release = now - service.releasedAt
            service.report.stage = .ended
        } else if elapsed >= time {
            service.report.stage = .ended
            guard case .locked = input.lock, now - service.releasedAt >= PlugLock.attemptTime else { return }
            lock.findStuckLocked()
            if case .none = service.report.fault { service.report.fault = .unlockFailed }
        }
    }

    /// The last word on a contactor that a test wants closed, from the present state and input alone.
    @_noLocks
    mutating func mayCloseInService(
        _ input: ControlInput, _ standing: FaultSummary, at now: MonotonicInstant
    ) -> Bool {
        guard service.stands(), service.closesContactor(), case .idle = session.phase else { return false }
        guard case .x1 = command, case .none = testBar(input, standing) else { return false }
        guard contactor.isCommandedClosed || contactor.provenOpenSince != nil else { return false }
        return now - service.startedAt < ServiceTest.contactorLimit
    }

    /// What goes out of service mode.
    @_noLocks
    mutating func serviceReport() -> ServiceReport {
        var report = ServiceReport()
        report.visit = service.visit
        report.judged = service.judged
        if service.stands() { report.until = service.since + Self.serviceLimit }
        report.ended = service.ended
        report.fault = service.endedBy
        report.obstacle = service.obstacle
        report.lamps = service.lamps()
        report.test = service.report
        return report
    }
}
