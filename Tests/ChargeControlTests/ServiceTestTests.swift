import Quantities
import Testing

@testable import ChargeControl

/// The tests that service mode allows: what they measure, what ends them, and that each ends by the core's own clock.
@Suite struct ServiceTestTests {
    private static let everything = ControlOptions.with {
        $0.watchesEarth = true
        $0.hasBoardTemperature = true
        $0.hasPlugTemperature = true
    }

    private func inService(_ options: ControlOptions = ServiceTestTests.everything) throws -> Rig {
        var rig = try Rig(options: options)
        rig.draw = .zero
        try rig.enterService()
        return rig
    }

    // MARK: The contactor

    @Test func aSoundContactor() throws {
        var rig = try inService()
        rig.begin(.contactor(.milliseconds(500)))
        #expect(rig.output.contactorEnable && rig.test.stage == .driving)
        #expect(rig.output.display.service == .contactorTest && rig.output.service.lamps == .all)
        let closed = try rig.finishTest()
        #expect(closed == .milliseconds(500))
        #expect(rig.test.cause == nil && rig.test.fault == nil && rig.test.stage == .ended)
        #expect(rig.test.actuation == .milliseconds(20) && rig.test.release == .milliseconds(20))
        #expect(rig.test.weld == .clear && rig.isInService)
        // It counts as a closing and not as an opening under load, and stands in a record.
        #expect(rig.wears.map(\.operations) == [1] && rig.wears.map(\.openingsUnderLoad) == [0])
        #expect(rig.intents.isEmpty && rig.output.display.faults.codes.isEmpty)
    }

    /// An unmeasured current is not what the last car drew.
    @Test func itsOpeningIsNotUnderTheLoadOfTheSessionBefore() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.car = .a
        rig.run(.seconds(6))
        rig.currentsAreMeasured = false
        rig.draw = .zero
        let before = try #require(rig.wears.last)
        #expect(before.openingsUnderLoad == 1)
        rig.ask()
        rig.begin(.contactor(.milliseconds(200)))
        try rig.finishTest()
        let after = try #require(rig.wears.last)
        #expect(after.operations == 2 && after.openingsUnderLoad == 1)
        #expect(after.switchedSquareAmpereMilliseconds == before.switchedSquareAmpereMilliseconds)
    }

    @Test func itsTimeIsBounded() throws {
        for (time, isAllowed) in [
            (ServiceTest.contactorLimit, true), (ServiceTest.contactorLimit + Nanoseconds(1), false),
            (Nanoseconds.zero, false), (Nanoseconds(-1), false), (Nanoseconds(1), true),
        ] {
            var rig = try inService()
            rig.begin(.contactor(time))
            #expect((rig.test.stage == .driving) == isAllowed, "\(time)")
            guard isAllowed else {
                #expect(rig.test.cause == .outsideLimit && !rig.output.contactorEnable)
                continue
            }
            #expect(try rig.finishTest() <= max(time, .milliseconds(5)))
        }
    }

    @Test func withoutServiceModeNothingIsTested() throws {
        for wish in [ServiceTest.contactor(.seconds(1)), .lock(.seconds(5)), .lamps(.all, .seconds(1))] {
            var rig = try Rig(options: Self.everything)
            rig.run(.seconds(6))
            rig.begin(wish)
            #expect(rig.test.stage == .refused && rig.test.cause == .notInService)
            #expect(!rig.output.contactorEnable && !rig.output.lock && rig.output.service.lamps == nil)
            // Nor later under the same number, once service mode stands.
            rig.ask()
            rig.run(.seconds(3)) { #expect(!$0.output.contactorEnable && $0.isInService) }
            #expect(rig.test.stage == .refused)
        }
        // Of a visit that is over.
        var rig = try inService()
        rig.input.emergencyStop = true
        rig.run(.milliseconds(10))
        rig.input.emergencyStop = false
        rig.begin(.contactor(.seconds(1)))
        #expect(rig.test.cause == .notInService && !rig.output.contactorEnable)
    }

    /// One step, one sample: before any persistence of the fault table.
    @Test(arguments: [
        ("a car", ServiceBar.car), ("no known level", .car), ("an emergency stop", .tripped),
        ("direct current", .tripped),
        ("alternating current", .tripped), ("no earth", .tripped), ("an unseen earth", .tripped),
        ("an open enclosure", .tripped), ("a failing supply", .tripped), ("heat", .heat), ("a hot plug", .heat),
        ("a load", .load), ("a late loop", .late), ("a blind contactor", .feedback), ("a pole that opened", .feedback),
        ("another test", .left), ("no test", .left), ("no visit", .left), ("silence", .silent),
        ("a shutdown", .shutdown), ("ten minutes", .expired),
    ])
    func whatOpensItAtOnce(_ event: String, _ bar: ServiceBar) throws {
        var rig = try inService()
        if event == "ten minutes" { rig.run(.milliseconds(599_000)) }
        if event == "silence" {
            rig.technicianIsHeard = false
            rig.run(.milliseconds(4_500))
        }
        rig.begin(.contactor(.seconds(2)))
        if !["ten minutes", "silence"].contains(event) { rig.run(.milliseconds(300)) }
        #expect(rig.output.contactorEnable)
        var period = Nanoseconds.milliseconds(5)
        switch event {
        case "a car": rig.car = .b
        case "no known level": rig.pilotOffset = Millivolts(2_000)
        case "an emergency stop": rig.input.emergencyStop = true
        case "direct current": rig.surroundings.direct = true
        case "alternating current": rig.surroundings.alternating = true
        case "no earth": rig.surroundings.earth = false
        case "an unseen earth": rig.surroundings.earth = nil
        case "an open enclosure": rig.input.enclosureOpen = true
        case "a failing supply": rig.input.supplyLow = true
        case "heat": rig.surroundings.boardTemperature = DeciCelsius(800)
        case "a hot plug": rig.surroundings.plugTemperature = DeciCelsius(900)
        case "a load": rig.draw = Milliamps(501)
        case "a late loop": period = .milliseconds(21)
        case "a blind contactor": rig.feedbackIsKnown = false
        case "a pole that opened": rig.feedback = { $0.secondLoad = .open }
        case "another test": rig.input.service.testNumber = 2
        case "no test": rig.input.service.test = .none
        case "no visit": rig.input.service.visit = 0
        case "a shutdown": rig.input.softShutdown = true
        default: break
        }
        if ["ten minutes", "silence"].contains(event) {
            while rig.output.contactorEnable { rig.step() }
            #expect(rig.now < rig.now + .seconds(1))
        } else {
            rig.step(after: period)
        }
        #expect(!rig.output.contactorEnable && rig.test.stage == .releasing && rig.test.cause == bar)
        rig.feedback = { _ in }
        rig.feedbackIsKnown = true
        rig.input.service.test = .none
        try rig.finishTest()
        #expect(rig.test.stage == .ended && rig.test.cause == bar && rig.test.number == 1)
        #expect(rig.test.actuation != nil && rig.test.weld == .clear)
        rig.run(.seconds(3)) { #expect(!$0.output.contactorEnable) }
    }

    /// A period of 20 ms is 15 ms late, and that is not yet late.
    @Test func aPunctualLoopIsNotLate() throws {
        var rig = try inService()
        rig.begin(.contactor(.seconds(2)))
        rig.run(.milliseconds(100))
        rig.step(after: .milliseconds(20))
        #expect(rig.output.contactorEnable)
        // A stall is a fault: it ends service mode, and lets the gate drop.
        rig.step(after: .milliseconds(46))
        #expect(!rig.output.contactorEnable && !rig.output.gatePulseAllowed && !rig.isInService)
        #expect(rig.test.cause == .fault && rig.test.fault == .loopStalled)
    }

    /// What keeps a test from beginning.
    @Test(arguments: [
        ("a sample of B", ServiceBar.car), ("a trip", .tripped), ("a load", .load), ("a late loop", .late),
        ("a pole that is not open", .contactorNotOpen), ("a residual self-test", .residualTest), ("heat", .heat),
    ])
    func whatKeepsItOpen(_ event: String, _ bar: ServiceBar) throws {
        var options = Self.everything
        options.hasResidualTest = true
        var rig = try inService(options)
        var period = Nanoseconds.milliseconds(5)
        switch event {
        case "a sample of B": rig.car = .b
        case "a trip": rig.surroundings.alternating = true
        case "a load": rig.flowsWhileOpen = Milliamps(501)
        case "a late loop": period = .milliseconds(21)
        case "a pole that is not open":
            rig.feedback = { $0.thirdLoad = .closed }
            rig.step()
            rig.feedback = { _ in }
        case "a residual self-test":
            rig.input.selfTestRequest = true
            rig.step()
        default: rig.surroundings.boardTemperature = DeciCelsius(800)
        }
        rig.input.service.test = .contactor(.seconds(1))
        rig.input.service.testNumber = 1
        rig.step(after: period)
        #expect(rig.test.stage == .refused && rig.test.cause == bar && !rig.output.contactorEnable)
    }

    @Test func aBenchThatMayNotCloseTestsNothing() throws {
        for isAllowed in [true, false] {
            var rig = try Rig(bench: true, benchAllowed: isAllowed)
            rig.draw = .zero
            try rig.enterService()
            rig.begin(.contactor(.seconds(1)))
            #expect(rig.output.contactorEnable == isAllowed)
            if !isAllowed { #expect(rig.test.cause == .unequipped) }
        }
    }

    /// The fault that the core has for it stands, and forbids service mode until a technician resets it.
    @Test func aWeldIsFoundAndLatches() throws {
        var rig = try inService()
        rig.begin(.contactor(.milliseconds(400)))
        rig.run(.milliseconds(200))
        rig.isWelded = true
        try rig.finishTest()
        #expect(rig.test.weld == .stuck && rig.test.fault == .contactorWelded && rig.test.release == nil)
        #expect(rig.raised(.contactorWelded) == 1 && !rig.isInService && rig.output.service.ended == .fault)
        #expect(rig.wears.count == 1)
        // A restart finds the latch and the pole.
        var controller = ChargeController(rig.controller.configuration)
        controller.restore(.contactorWelded, afterPowerCycle: true)
        var restarted = Rig(controller)
        restarted.isWelded = true
        restarted.run(.seconds(6))
        restarted.ask()
        #expect(restarted.output.service.ended == .fault && restarted.output.service.fault == .contactorWelded)
    }

    @Test func aStuckArmatureIsNoWeldButStands() throws {
        var rig = try inService()
        rig.begin(.contactor(.milliseconds(400)))
        rig.run(.milliseconds(200))
        rig.feedback = { $0.mirror = .closed }
        try rig.finishTest()
        #expect(rig.test.weld == .stuck && rig.test.fault == .contactorNotOpened)
    }

    @Test func aContactorThatDoesNotClose() throws {
        var rig = try inService()
        rig.neverCloses = true
        rig.begin(.contactor(.seconds(2)))
        let closed = try rig.finishTest()
        #expect(closed >= .milliseconds(300) && closed <= .milliseconds(320))
        #expect(rig.test.cause == .fault && rig.test.fault == .contactorNotClosed && rig.test.actuation == nil)
        #expect(rig.raised(.contactorNotClosed) == 1 && !rig.isInService)
        // Without a car it clears as after an unplug, and the technician may look again.
        rig.run(.seconds(6))
        #expect(!rig.stands(.contactorNotClosed))
        rig.ask(visit: 2)
        // Shorter than the row's persistence: only the answer says it.
        rig.begin(.contactor(.milliseconds(100)), number: 2)
        try rig.finishTest()
        #expect(rig.test.actuation == nil && rig.test.cause == nil && rig.raised(.contactorNotClosed) == 1)
    }

    @Test func aPowerCutInMidTestLeavesItOpen() throws {
        var rig = try inService()
        rig.begin(.contactor(.seconds(2)))
        rig.run(.milliseconds(500))
        #expect(rig.output.contactorEnable)
        var restarted = Rig(ChargeController(rig.controller.configuration))
        restarted.input.service = rig.input.service
        restarted.run(.seconds(20)) { #expect(!$0.output.contactorEnable && !$0.isInService) }
        #expect(restarted.test.cause == .notInService)
    }

    /// A second test waits for the first, and never lengthens it.
    @Test func testsComeOneAfterTheOther() throws {
        var rig = try inService()
        rig.begin(.contactor(.milliseconds(300)))
        rig.run(.milliseconds(100))
        rig.begin(.contactor(.milliseconds(300)), number: 2)
        #expect(!rig.output.contactorEnable && rig.test.number == 1 && rig.test.cause == .left)
        try rig.await(.seconds(1)) { $0.test.number == 2 }
        #expect(rig.test.stage == .driving)
        let closed = try rig.finishTest()
        #expect(closed == .milliseconds(300) && rig.test.weld == .clear)
        rig.run(.seconds(3)) { #expect(!$0.output.contactorEnable) }
    }

    /// A residual current in the test is judged as ever: the monitor's own row latches.
    @Test func residualCurrentInTheTestLatches() throws {
        var rig = try inService()
        rig.begin(.contactor(.seconds(2)))
        rig.run(.milliseconds(200))
        rig.surroundings.direct = true
        rig.run(.milliseconds(50))
        rig.surroundings.direct = false
        #expect(rig.stands(.residualDirect) && !rig.isInService && !rig.output.contactorEnable)
    }

    // MARK: The lock

    private func withLock() throws -> Rig {
        var rig = try Rig(cable: .socket, options: .with { $0.hasLock = true })
        rig.surroundings.proximity = Ohms(100_000)
        try rig.enterService()
        return rig
    }

    @Test func aSoundLock() throws {
        var rig = try withLock()
        rig.begin(.lock(.seconds(5)))
        #expect(rig.output.lock && rig.output.display.service == .lockTest)
        try rig.finishTest()
        #expect(rig.test.actuation == .milliseconds(205) && rig.test.release == .milliseconds(205))
        #expect(rig.test.actuationTries == 1 && rig.test.releaseTries == 1 && rig.test.cause == nil)
        #expect(!rig.output.lock && rig.isInService)
    }

    @Test func aLockThatDoesNotMove() throws {
        var rig = try withLock()
        rig.surroundings.lockMoves = false
        let began = rig.now
        rig.begin(.lock(.seconds(5)))
        try rig.finishTest()
        #expect(rig.now - began <= .seconds(5) + .milliseconds(10))
        #expect(rig.test.actuation == nil && rig.test.actuationTries == 2)
        #expect(rig.test.cause == nil && rig.test.fault == .lockFailed && rig.isInService)
        rig.run(.seconds(5)) { #expect(!$0.output.lock && $0.stands(.lockFailed)) }
        #expect(rig.raised(.lockFailed) == 1)
    }

    /// As if a session had found it: nothing is sold to the plug that comes, and it is tried anew behind that one.
    @Test func aLockThatWasFoundStuckSellsNothingUntilThePlugHasGone() throws {
        var rig = try withLock()
        rig.surroundings.lockMoves = false
        rig.begin(.lock(.seconds(5)))
        try rig.finishTest()
        rig.ask(visit: 0)
        rig.surroundings.lockMoves = true
        rig.surroundings.proximity = Ohms(220)
        rig.car = .b
        rig.input.authorization = Rig.grant()
        rig.run(.seconds(20)) { #expect(!$0.output.lock && $0.begins == 0 && $0.stands(.lockFailed)) }
        rig.surroundings.proximity = Ohms(100_000)
        rig.car = .a
        rig.run(.seconds(1))
        #expect(!rig.stands(.lockFailed))
        rig.surroundings.proximity = Ohms(220)
        rig.car = .b
        try rig.await(.seconds(5)) { $0.phase == .offering }
    }

    /// A technician who has mended it shows it by the same test.
    @Test func aLockThatLocksAgainClearsWhatWasFound() throws {
        var rig = try withLock()
        rig.surroundings.lockMoves = false
        rig.begin(.lock(.seconds(5)))
        try rig.finishTest()
        rig.surroundings.lockMoves = true
        rig.begin(.lock(.seconds(5)), number: 2)
        try rig.finishTest()
        #expect(rig.test.actuation == .milliseconds(205) && rig.test.release == .milliseconds(205))
        #expect(rig.test.fault == nil && !rig.stands(.lockFailed) && rig.isInService)
        #expect(rig.raised(.lockFailed) == 1)
    }

    /// A test with less than the whole time, or one that is cut short, has found nothing.
    @Test func aShortTestOfALockIsNoFinding() throws {
        for time in [Nanoseconds.seconds(5) - Nanoseconds(10_000_000), .seconds(1)] {
            var rig = try withLock()
            rig.surroundings.lockMoves = false
            rig.begin(.lock(time))
            try rig.finishTest()
            #expect(rig.test.actuation == nil && rig.test.fault == nil, "\(time)")
            rig.run(.seconds(1)) { #expect(!$0.stands(.lockFailed)) }
        }
        var rig = try withLock()
        rig.surroundings.lockMoves = false
        rig.begin(.lock(.seconds(5)))
        rig.run(.milliseconds(3_900))
        rig.input.service.test = .none
        try rig.finishTest()
        #expect(rig.test.cause == .left && rig.test.fault == nil && !rig.stands(.lockFailed))
    }

    @Test func aLockThatStaysLocked() throws {
        var rig = try withLock()
        rig.begin(.lock(.seconds(5)))
        try rig.await(.seconds(1)) { $0.test.stage == .releasing }
        rig.surroundings.lockMoves = false
        try rig.finishTest()
        #expect(rig.test.actuation == .milliseconds(205) && rig.test.release == nil && rig.test.releaseTries == 2)
        #expect(rig.test.fault == .unlockFailed && rig.test.cause == nil)
        rig.step()
        #expect(rig.stands(.unlockFailed) && rig.isInService)
        rig.run(.seconds(5)) { #expect($0.stands(.unlockFailed)) }
        // Freed by hand.
        rig.surroundings.lock = .unlocked
        rig.run(.milliseconds(10))
        #expect(!rig.stands(.unlockFailed))
    }

    /// A bolt that had less than one whole attempt to let go is not stuck yet.
    @Test func aBoltThatHadNoTimeToOpenIsNotStuck() throws {
        for (time, isStuck) in [(Nanoseconds.milliseconds(1_200), false), (.milliseconds(1_210), true)] {
            var rig = try withLock()
            rig.begin(.lock(time))
            try rig.await(.seconds(1)) { $0.test.stage == .releasing }
            rig.surroundings.lockMoves = false
            try rig.finishTest()
            #expect(rig.test.release == nil && (rig.test.fault == .unlockFailed) == isStuck, "\(time)")
            rig.step()
            #expect(rig.stands(.unlockFailed) == isStuck)
        }
    }

    @Test func whatKeepsALockFromBeingTested() throws {
        var tethered = try inService()
        tethered.begin(.lock(.seconds(5)))
        #expect(tethered.test.cause == .unequipped && !tethered.output.lock)
        for (feedback, bar) in [(LockFeedback.unknown, ServiceBar.unequipped), (.locked, .lockNotOpen)] {
            var rig = try withLock()
            rig.surroundings.lockMoves = false
            rig.surroundings.lock = feedback
            rig.begin(.lock(.seconds(5)))
            #expect(rig.test.stage == .refused && rig.test.cause == bar)
        }
        var rig = try withLock()
        rig.begin(.lock(.seconds(5) + Nanoseconds(1)))
        #expect(rig.test.cause == .outsideLimit)
    }

    /// A cable that is pushed in finds the lock on its way to open.
    @Test func aCableEndsIt() throws {
        var rig = try withLock()
        rig.surroundings.lockTime = .milliseconds(800)
        rig.begin(.lock(.seconds(5)))
        rig.run(.milliseconds(100))
        rig.surroundings.proximity = Ohms(220)
        rig.step()
        #expect(!rig.output.lock && rig.test.cause == .car)
    }

    // MARK: The lamps

    @Test func theLampsShowTheirPatternForTheirTime() throws {
        for (time, isAllowed) in [
            (Nanoseconds.seconds(60), true), (.seconds(60) + Nanoseconds(1), false), (.zero, false),
        ] {
            var rig = try inService()
            rig.begin(.lamps(.charging, time))
            guard isAllowed else {
                #expect(rig.test.cause == .outsideLimit && rig.output.service.lamps == .service)
                continue
            }
            let began = rig.now
            while rig.test.stage == .driving {
                #expect(rig.output.service.lamps == .charging && rig.output.display.service == .lampTest)
                rig.step()
            }
            #expect(rig.now - began == time && rig.output.service.lamps == .service && rig.test.cause == nil)
        }
        var rig = try inService()
        rig.begin(.lamps(.all, .seconds(60)))
        rig.input.service.visit = 0
        rig.step()
        #expect(rig.output.service.lamps == nil && rig.test.stage == .ended && rig.test.cause == .left)
    }
}
