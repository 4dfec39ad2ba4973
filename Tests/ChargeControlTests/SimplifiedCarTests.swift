import ChargeControl
import Quantities
import Testing

/// Cars without S2, and cars that ask for ventilation.
@Suite struct SimplifiedCarTests {
    @Test func aSimplifiedCarWaitsInC1ClosesPausesAndResumesFromC1() throws {
        var rig = try Rig()
        rig.run(.milliseconds(100))
        rig.forgetTrace()
        rig.car = .c
        rig.run(.seconds(2))
        #expect(rig.phase == .waiting && !rig.isPowered)
        rig.input.authorization = Rig.grant()
        rig.draw = Milliamps(9_000)
        try rig.await(.seconds(5)) { $0.output.contactorEnable }
        rig.run(.seconds(3))
        // It cannot let go: no current for 6 s of x1, then it opens; nothing is offered for 5 s.
        rig.limit(.owner, 0)
        rig.run(.seconds(8))
        #expect(!rig.output.contactorEnable && rig.phase == .held)
        rig.limit(.owner, nil)
        rig.run(.seconds(5))
        #expect(rig.output.contactorEnable)
        rig.car = .a
        rig.run(.seconds(2))
        #expect(
            rig.trace == [
                "C1 open", "begin", "C2 open", "C2 closed", "C1 closed", "C1 open", "pause owner", "C2 open",
                "C2 closed", "resume", "A1 open", "end unplugged",
            ])
    }

    /// Who did not see the empty plug cannot know; and a car that has shown B has an S2.
    @Test func aCarFoundInCHasToLetGoFirst() throws {
        var found = try Rig()
        found.car = .c
        found.input.authorization = Rig.grant()
        found.run(.seconds(30)) { #expect(!$0.isPowered) }
        #expect(found.begins == 0)
        found.car = .b
        found.run(.seconds(2))
        found.car = .c
        found.run(.seconds(1))
        #expect(found.output.contactorEnable)

        var shown = try Rig()
        try shown.startCharging()
        shown.limit(.owner, 0)
        shown.run(.seconds(7))
        shown.limit(.owner, nil)
        shown.run(.seconds(30)) { #expect(!$0.isPowered, "in C1 since the stop: it has to let go") }
        // Nor after a glimpse of D long before the stop.
        var glimpsed = try Rig()
        try glimpsed.startCharging()
        glimpsed.car = .d
        glimpsed.run(.milliseconds(500))
        glimpsed.car = .c
        glimpsed.run(.seconds(5))
        #expect(glimpsed.output.contactorEnable)
        glimpsed.limit(.owner, 0)
        glimpsed.run(.seconds(7))
        glimpsed.limit(.owner, nil)
        glimpsed.run(.seconds(30)) { #expect(!$0.isPowered) }
    }

    // MARK: State D

    private func ventilated() throws -> Rig { try Rig(options: .with { $0.hasVentilation = true }) }

    @Test func withAFanD2ClosesOnceItRuns() throws {
        var rig = try ventilated()
        try rig.startOffering()
        rig.car = .d
        let asked = try #require(rig.run(within: .seconds(1)) { $0.output.ventilation })
        #expect(asked == .milliseconds(25))
        let closed = try #require(rig.run(within: .seconds(3)) { $0.output.contactorEnable })
        #expect(closed == .milliseconds(1_505), "a period, 1 s of fan and 500 ms of D: \(closed)")
        rig.run(.seconds(10))
        #expect(rig.output.display.level == .d && rig.output.contactorEnable && rig.output.display.fault == nil)
        // The fan runs on for five minutes after the car.
        rig.car = .b
        rig.run(.seconds(299))
        #expect(rig.output.ventilation)
        rig.run(.seconds(2))
        #expect(!rig.output.ventilation)
    }

    @Test func aFanThatIsLateIsWaitedForFiveSeconds() throws {
        var rig = try ventilated()
        rig.surroundings.fanTime = .milliseconds(4_900)
        try rig.startOffering()
        rig.car = .d
        rig.run(.seconds(6))
        #expect(rig.output.contactorEnable && rig.raised(.ventilationMissing) == 0)
        var never = try ventilated()
        never.surroundings.fanWorks = false
        try never.startOffering()
        never.car = .d
        let missing = try #require(never.run(within: .seconds(10)) { $0.stands(.ventilationMissing) })
        #expect(missing >= .seconds(5) && missing <= .milliseconds(5_060), "\(missing)")
        #expect(!never.isPowered)
    }

    @Test func aFanLostWhileClosedOpens() throws {
        var rig = try ventilated()
        try rig.startOffering()
        rig.car = .d
        rig.run(.seconds(3))
        #expect(rig.output.contactorEnable)
        rig.surroundings.fanWorks = false
        let opened = try #require(rig.run(within: .seconds(1)) { !$0.output.contactorEnable })
        #expect(opened <= .milliseconds(40))
        rig.run(.seconds(5))
        #expect(rig.stands(.ventilationMissing) && !rig.isPowered && rig.endReasons.isEmpty)
    }

    /// From C into D while charging: it opens, asks for the fan, and closes again when it runs.
    @Test func fromCIntoDTheFanIsAskedFor() throws {
        var rig = try ventilated()
        try rig.startCharging()
        rig.car = .d
        try rig.await(.milliseconds(40)) { !$0.output.contactorEnable }
        rig.run(.seconds(10))
        #expect(rig.output.contactorEnable && rig.output.display.level == .d)
        #expect(rig.raised(.ventilationMissing) == 0)
    }

    @Test func withoutAFanCFollowsDAfterThreeSeconds() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.forgetTrace()
        rig.car = .d
        rig.run(.seconds(20)) { #expect(!$0.output.ventilation) }
        #expect(rig.stands(.ventilationMissing))
        rig.car = .c
        let offered = try #require(rig.run(within: .seconds(5)) { $0.isPowered })
        #expect(offered >= .seconds(3) && offered <= .milliseconds(3_040), "\(offered)")
        rig.run(.seconds(1))
        #expect(rig.output.contactorEnable)
        #expect(rig.trace.filter { $0.hasPrefix("pause") || $0 == "resume" } == ["pause fault", "resume"])
    }
}
