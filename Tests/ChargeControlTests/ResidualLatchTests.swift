import ChargeControl
import Quantities
import Testing

/// Direct residual current latches, and only a technician or a power cycle with a passed self-test lets it go; the self-test
/// itself latches nothing.
@Suite struct ResidualLatchTests {
    private func rig() throws -> Rig { try Rig(options: .with { $0.hasResidualTest = true }) }

    private func passedTests(_ rig: Rig) -> Int {
        rig.count { if case .residualSelfTest(passed: true, _) = $0 { true } else { false } }
    }

    /// A program that is merely started again has not cut the monitor's power.
    @Test func aPassedSelfTestClearsItOnlyAfterAPowerCycle() throws {
        for hasPowerCycled in [false, true] {
            for code in [FaultCode.residualDirect, .residualSelfTestFailed] {
                var rig = try rig()
                rig.controller.restore(code, afterPowerCycle: hasPowerCycled)
                rig.run(.seconds(10))
                #expect(passedTests(rig) == 1)
                #expect(rig.stands(code) == !hasPowerCycled, "\(code), power cycled: \(hasPowerCycled)")
                #expect(rig.clearings(of: code) == (hasPowerCycled ? [.powerCycle] : []))
                rig.car = .b
                rig.input.authorization = Rig.grant()
                rig.run(.seconds(5))
                #expect(rig.isPowered == hasPowerCycled)
                rig.input.technicianReset = code
                rig.run(.milliseconds(100))
                #expect(!rig.stands(code))
            }
        }
    }

    /// The power came back, and then it came again: that one has seen no power cycle.
    @Test func theOneThatIsRaisedAfterThePowerCycleStays() throws {
        var rig = try rig()
        rig.controller.restore(.residualDirect, afterPowerCycle: true)
        rig.run(.seconds(10))
        #expect(!rig.stands(.residualDirect))
        rig.input.residualDirect = true
        rig.run(.milliseconds(50))
        rig.input.residualDirect = false
        rig.run(.milliseconds(50))
        rig.input.selfTestRequest = true
        rig.step()
        rig.input.selfTestRequest = false
        rig.run(.seconds(10))
        #expect(passedTests(rig) == 2)
        #expect(rig.stands(.residualDirect))
    }

    /// The test's trip is still on when the contactor's feedback drops out: it remains an answer, not a residual current.
    @Test func aFlickerOfFeedbackDuringTheSelfTestLatchesNothing() throws {
        for unread in [1, 4, 20] {
            for moment in [Int64(0), 50, 90] {
                var rig = try rig()
                try rig.await(.seconds(5)) { $0.output.residualTest }
                try rig.await(.seconds(2)) { $0.input.residualDirect }
                rig.run(.milliseconds(moment))
                rig.feedbackIsKnown = false
                for _ in 0..<unread { rig.step() }
                rig.feedbackIsKnown = true
                rig.run(.seconds(5))
                #expect(rig.raised(.residualDirect) == 0 && rig.raised(.residualAlternating) == 0)
                #expect(rig.raised(.residualSelfTestFailed) == 0)
                #expect(passedTests(rig) == 1, "\(unread) steps, \(moment) ms: \(rig.trace)")
            }
        }
    }

    /// What goes on after an abandoned test is no answer any more.
    @Test func aTripThatOutlastsAnAbandonedSelfTestIsResidualCurrent() throws {
        var rig = try rig()
        try rig.await(.seconds(5)) { $0.input.residualDirect }
        rig.surroundings.direct = true
        rig.feedbackIsKnown = false
        rig.step()
        rig.feedbackIsKnown = true
        rig.run(.seconds(3))
        #expect(rig.raised(.residualDirect) == 1)
    }

    /// The program died while it drove the test input: its successor finds the monitor tripped, and that is no residual
    /// current. Nothing is tested and nothing closes until the monitor has been seen at rest.
    @Test func aTripOfATestThatTheLifeBeforeBeganLatchesNothing() throws {
        for milliseconds in [Int64(5), 100, 1_900] {
            var rig = try rig()
            rig.car = .b
            rig.input.authorization = Rig.grant()
            rig.surroundings.direct = true
            rig.surroundings.alternating = true
            rig.run(.milliseconds(milliseconds)) { #expect(!$0.output.residualTest && !$0.isPowered && $0.begins == 0) }
            rig.surroundings.direct = false
            rig.surroundings.alternating = false
            rig.run(.seconds(5))
            #expect(rig.raised(.residualDirect) == 0 && rig.raised(.residualAlternating) == 0, "\(milliseconds) ms")
            #expect(passedTests(rig) == 1)
        }
    }

    /// A start that finds a real one: 2 s are all that a test may answer. A monitor without a test is believed at once.
    @Test(arguments: [true, false])
    func aTripThatAStartFindsAndThatStaysIsResidualCurrent(hasTest: Bool) throws {
        var rig = try Rig(options: .with { $0.hasResidualTest = hasTest })
        rig.surroundings.direct = true
        rig.run(.milliseconds(1_990))
        #expect(rig.raised(.residualDirect) == (hasTest ? 0 : 1))
        rig.run(.milliseconds(40))
        #expect(rig.stands(.residualDirect))
        #expect(passedTests(rig) == 0)
    }
}
