import Quantities
import Testing

@testable import ChargeControl

/// The residual-current monitor's self-test: when, what a failure does, what clears it.
@Suite struct ResidualSelfTestTests {
    private func rig() throws -> Rig { try Rig(options: .with { $0.hasResidualTest = true }) }

    private func tests(_ rig: Rig) -> [Bool] {
        rig.intents.compactMap { if case .residualSelfTest(let passed, _) = $0 { passed } else { nil } }
    }

    @Test func atTheStartAndOnlyOnce() throws {
        var rig = try rig()
        rig.run(.seconds(60))
        #expect(tests(rig) == [true])
        #expect(rig.output.display.faults.codes.isEmpty)
        let taken = rig.records.compactMap { if case .residualSelfTest(_, let time) = $0.intent { time } else { nil } }
        #expect(taken == [.milliseconds(105)])
        try rig.startCharging()
        #expect(tests(rig) == [true])
    }

    @Test func nothingBeginsBeforeItPassed() throws {
        var rig = try rig()
        rig.car = .b
        rig.input.authorization = Rig.grant()
        rig.surroundings.monitorTime = .milliseconds(800)
        rig.run(.milliseconds(1_500)) { #expect($0.begins == 0 && !$0.isPowered) }
        rig.run(.seconds(2))
        #expect(rig.begins == 1 && tests(rig) == [true])
    }

    /// One that was asked for, and is not due, is waited for as well.
    @Test func nothingBeginsDuringOneThatWasAskedFor() throws {
        var rig = try rig()
        rig.run(.seconds(5))
        #expect(tests(rig) == [true])
        rig.surroundings.monitorTime = .milliseconds(800)
        rig.meterAnswers = false
        rig.car = .b
        rig.input.authorization = Rig.grant()
        try rig.await(.seconds(2)) { $0.phase == .preparing }
        rig.input.selfTestRequest = true
        rig.step()
        rig.input.selfTestRequest = false
        rig.meterAnswers = true
        rig.run(.milliseconds(750)) { #expect($0.begins == 0 && $0.phase == .preparing) }
        rig.run(.seconds(3))
        #expect(tests(rig) == [true, true] && rig.begins == 1)
    }

    /// A day later, before the next offer; never in a session.
    @Test func againBeforeASessionAfterADay() throws {
        var rig = try rig()
        try rig.startOffering()
        while rig.now < MonotonicInstant(nanoseconds: 86_410_000_000_000) { rig.step(after: .seconds(30)) }
        rig.run(.seconds(5))
        #expect(tests(rig) == [true] && rig.stands(.residualSelfTestOverdue))
        rig.car = .a
        rig.run(.seconds(3))
        #expect(tests(rig) == [true, true] && !rig.stands(.residualSelfTestOverdue))
    }

    @Test func aFailureLatchesAndIsNotTriedUntilItHappensToPass() throws {
        for fails in 0..<2 {
            var rig = try rig()
            if fails == 0 { rig.surroundings.monitorWorks = false } else { rig.input.residualDirect = false }
            // It trips and never lets go: failed as well.
            if fails == 1 { rig.surroundings.monitorSticks = true }
            rig.car = .b
            rig.input.authorization = Rig.grant()
            try rig.await(.seconds(4)) { $0.stands(.residualSelfTestFailed) }
            #expect(tests(rig) == [false])
            rig.surroundings.monitorWorks = true
            rig.surroundings.monitorSticks = false
            rig.input.localReset = true
            rig.run(.seconds(60)) { #expect(!$0.isPowered && $0.stands(.residualSelfTestFailed)) }
            #expect(tests(rig) == [false] && rig.begins == 0)
            // A technician asks for a test, it passes, and resets.
            rig.input.selfTestRequest = true
            rig.step()
            rig.input.selfTestRequest = false
            rig.run(.seconds(2))
            #expect(tests(rig) == [false, true] && rig.stands(.residualSelfTestFailed))
            rig.input.technicianReset = .residualSelfTestFailed
            rig.step()
            rig.input.technicianReset = nil
            #expect(!rig.stands(.residualSelfTestFailed))
        }
    }

    @Test func aTripDuringTheTestIsNoResidualFaultAndOneAfterItIs() throws {
        var rig = try rig()
        rig.run(.seconds(5))
        #expect(rig.raised(.residualDirect) == 0 && rig.raised(.residualAlternating) == 0)
        rig.surroundings.direct = true
        rig.run(.milliseconds(20))
        #expect(rig.stands(.residualDirect))
    }

    /// A restart finds the latch; a passed test clears it. Nothing else does, and no test without the restart.
    @Test func aPowerCycleAndAPassClearARestoredLatch() throws {
        for passes in [true, false] {
            var controller = ChargeController(try rig().controller.configuration)
            controller.restore(.residualDirect, afterPowerCycle: true)
            var rig = Rig(controller)
            rig.surroundings.monitorWorks = passes
            rig.run(.seconds(5))
            #expect(rig.stands(.residualDirect) == !passes)
        }
        var running = try rig()
        running.run(.seconds(2))
        running.surroundings.direct = true
        running.run(.milliseconds(50))
        running.surroundings.direct = false
        running.run(.seconds(1))
        running.input.selfTestRequest = true
        running.step()
        running.input.selfTestRequest = false
        running.run(.seconds(2))
        #expect(tests(running) == [true, true] && running.stands(.residualDirect))
        running.input.technicianReset = .residualDirect
        running.step()
        #expect(!running.stands(.residualDirect))
    }

    @Test func neverWithAContactorThatIsNotProvenOpen() throws {
        var welded = try rig()
        welded.isWelded = true
        welded.run(.seconds(10)) { #expect(!$0.output.residualTest) }
        var blind = try rig()
        blind.feedbackIsKnown = false
        blind.run(.seconds(10)) { #expect(!$0.output.residualTest) }
        // Asked for while charging: refused. Lost while testing: given up.
        var charging = try rig()
        try charging.startCharging()
        charging.input.selfTestRequest = true
        charging.run(.seconds(2)) { #expect(!$0.output.residualTest) }
        #expect(charging.output.contactorEnable)
        var lost = try rig()
        try lost.await(.seconds(1)) { $0.output.residualTest }
        lost.feedbackIsKnown = false
        lost.run(.milliseconds(10))
        #expect(!lost.output.residualTest)
        #expect(tests(lost).isEmpty)
    }

    /// Both outputs must trip, and both must let go; one of them is a failure.
    @Test func oneOutputIsNotEnough() {
        let start = MonotonicInstant(nanoseconds: 1_000_000_000)
        for (direct, alternating) in [(true, false), (false, true), (false, false)] {
            var silent = ResidualSelfTest()
            silent.start(at: start)
            #expect(silent.observe(direct: direct, alternating: alternating, at: start + .milliseconds(995)) == .none)
            #expect(silent.drives())
            #expect(silent.observe(direct: direct, alternating: alternating, at: start + .seconds(1)) == .failed)
            #expect(silent.hasFailed && !silent.isRunning() && silent.passedAt == nil)

            var lasting = ResidualSelfTest()
            lasting.start(at: start)
            #expect(lasting.observe(direct: true, alternating: true, at: start) == .none)
            #expect(!lasting.drives() && lasting.isRunning())
            let late = lasting.observe(direct: direct, alternating: alternating, at: start + .milliseconds(1_995))
            #expect(late == (direct || alternating ? .none : .passed))
            let last = lasting.observe(direct: direct, alternating: alternating, at: start + .seconds(2))
            #expect(last == (direct || alternating ? .failed : .none))

            // A test that was given up is over when both rest, or after 2 s.
            var voided = ResidualSelfTest()
            voided.start(at: start)
            voided.abandon(at: start)
            voided.abandon(at: start + .seconds(1))
            _ = voided.observe(direct: direct, alternating: alternating, at: start + .milliseconds(1_995))
            #expect(voided.isRunning() == (direct || alternating))
            _ = voided.observe(direct: direct, alternating: alternating, at: start + .seconds(2))
            #expect(!voided.isRunning() && voided.passedAt == nil && !voided.hasFailed)
        }
    }

    @Test func aPassLastsADay() {
        let start = MonotonicInstant(nanoseconds: 1_000_000_000)
        var test = ResidualSelfTest()
        #expect(test.isDue(at: start))
        test.start(at: start)
        _ = test.observe(direct: true, alternating: true, at: start)
        #expect(test.observe(direct: false, alternating: false, at: start) == .passed)
        #expect(!test.isDue(at: start + .seconds(86_400) - Nanoseconds(1)) && test.isDue(at: start + .seconds(86_400)))
    }
}
