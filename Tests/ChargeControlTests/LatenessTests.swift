import ChargeControl
import Quantities
import Testing

@Suite struct LatenessTests {
    private func charging(simulated: Bool = true) throws -> Rig {
        var rig = try Rig(simulated: simulated)
        try rig.startCharging()
        return rig
    }

    @Test func overFortyMillisecondsOpensAndSendsNoPulse() throws {
        for (late, opens) in [(40_000_000, false), (40_000_001, true)] {
            var rig = try charging()
            rig.step(after: .milliseconds(5) + Nanoseconds(Int64(late)))
            #expect(rig.output.contactorEnable == !opens, "\(late) ns late")
            #expect(rig.output.gatePulseAllowed == !opens)
            rig.step()
            // The enable is low now, so the pulse may come again.
            #expect(rig.output.gatePulseAllowed)
            #expect(rig.output.contactorEnable == !opens)
        }
    }

    @Test func aLoopThatTellsTooLittleIsNotBelieved() throws {
        var rig = try charging()
        rig.input.lateness = .zero
        let now = rig.now + .milliseconds(60)
        rig.input.pilot = PilotSample(high: Millivolts(6_000), low: Millivolts(-12_000), at: now)
        let output = rig.controller.step(rig.input, at: now)
        #expect(!output.contactorEnable)
        #expect(!output.gatePulseAllowed)
    }

    @Test func aLoopThatTellsOfALatenessIsBelieved() throws {
        var rig = try charging()
        let now = rig.now + .milliseconds(5)
        rig.input.lateness = .milliseconds(41)
        rig.input.pilot = PilotSample(high: Millivolts(6_000), low: Millivolts(-12_000), at: now)
        #expect(!rig.controller.step(rig.input, at: now).contactorEnable)
    }

    @Test func oneSecondOfPunctualPeriodsClearsAndB1LeadsBack() throws {
        var rig = try charging()
        rig.step(after: .milliseconds(60))
        #expect(rig.output.display.fault == .loopStalled)
        rig.car = .b
        rig.run(.milliseconds(900))
        // A period that is 16 ms late is not punctual: the second begins anew.
        rig.step(after: .milliseconds(21))
        rig.run(.milliseconds(995))
        #expect(rig.output.display.fault == .loopStalled)
        rig.run(.milliseconds(10))
        #expect(rig.output.display.fault == nil)
        rig.run(.milliseconds(200))
        rig.car = .c
        rig.run(.seconds(1))
        #expect(rig.output.contactorEnable)
        #expect(rig.output.display.session == 1)
        #expect(rig.trace.filter { $0.hasPrefix("pause") || $0 == "resume" } == ["pause lateness", "resume"])
    }

    @Test func threeTimesElsewhereAndWithoutLimitOnASimulatedBoard() throws {
        for simulated in [true, false] {
            var rig = try charging(simulated: simulated)
            for attempt in 1...6 {
                rig.step(after: .milliseconds(60))
                rig.car = .b
                rig.run(.seconds(2))
                rig.car = .c
                rig.run(.seconds(1))
                #expect(rig.output.contactorEnable == (simulated || attempt <= 3), "stall \(attempt)")
            }
            #expect(rig.endReasons == (simulated ? [] : [.fault]))
            rig.car = .a
            rig.run(.seconds(2))
            #expect(rig.output.display.fault == nil)
        }
    }

    @Test func threeLatePeriodsWithinASecondWarn() throws {
        var rig = try charging()
        rig.step(after: .milliseconds(21))
        rig.run(.milliseconds(400))
        rig.step(after: .milliseconds(21))
        #expect(rig.output.display.fault == nil)
        rig.run(.milliseconds(400))
        rig.step(after: .milliseconds(21))
        #expect(rig.output.display.fault == .loopLate)
        #expect(rig.output.contactorEnable)
        rig.run(.seconds(2))
        #expect(rig.output.display.fault == nil)
        #expect(rig.count { $0 == .faultLatched(.loopLate) } == 0)

        var spread = try charging()
        for _ in 0..<6 {
            spread.step(after: .milliseconds(21))
            spread.run(.milliseconds(600))
            #expect(spread.output.display.fault == nil)
        }
        var mild = try charging()
        for _ in 0..<20 { mild.step(after: .milliseconds(20)) }
        #expect(mild.output.display.fault == nil)
    }

    @Test func aStallWhileStoppingOpensToo() throws {
        var rig = try charging()
        rig.input.ownerStop = true
        rig.run(.seconds(1))
        #expect(rig.output.contactorEnable)
        rig.step(after: .milliseconds(60))
        #expect(!rig.output.contactorEnable)
        rig.run(.seconds(1))
        #expect(rig.endReasons == [.owner])
    }
}
