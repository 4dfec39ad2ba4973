import ChargeControl
import Quantities
import Testing

/// Faults whose story is longer than raised, held, cleared: a slow sampler, a stale pilot, welds, the meter, over-current.
@Suite struct FaultCaseTests {
    @Test func aSlowSamplerDelaysARowButNeverSilencesIt() throws {
        var rig = try Rig()
        rig.car = .e
        rig.run(.milliseconds(5))
        for step in 1..<20 {
            rig.pilotIsSampled = step % 2 == 0
            rig.step()
        }
        // Every second step brings a sample: the fifth is there after 40 ms.
        #expect(rig.records.first.map { $0.intent } == .faultLatched(.pilotShorted))
        #expect(rig.records.first.map { $0.at - MonotonicInstant(nanoseconds: 1_005_000_000) } == .milliseconds(40))
    }

    @Test func aMeterThatSaysItIsLostIsBelievedOverItsReadings() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.input.meter = .lost
        rig.input.meterSince = rig.now
        rig.run(.milliseconds(9_990))
        #expect(rig.output.pilot != .x1)
        rig.run(.milliseconds(20))
        #expect(rig.output.pilot == .x1)
        #expect(rig.output.display.fault == .meterLost)
    }

    @Test func aReadingFromTheFutureKeepsNoMeterAlive() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.meterAnswers = false
        let seen = try #require(rig.input.energy)
        rig.input.energy = EnergySample(
            number: seen.number + 1, imported: rig.register, at: rig.now + .seconds(3_600))
        rig.run(.seconds(11))
        #expect(rig.output.display.fault == .meterLost)
    }

    @Test func aReadingWithANumberAlreadySeenIsNoReading() throws {
        var rig = try Rig()
        try rig.startCharging()
        let before = rig.output.display.energy
        rig.meterAnswers = false
        let seen = try #require(rig.input.energy)
        for number in [seen.number, seen.number - 1] {
            rig.input.energy = EnergySample(
                number: number, imported: rig.register + MilliwattHours(500), at: rig.now)
            rig.run(.milliseconds(20))
        }
        #expect(rig.output.display.energy == before)
    }

    @Test func aStalePilotOpensAndComesBackThroughB1InTheSameSession() throws {
        var rig = try Rig()
        try rig.startCharging()
        let last = rig.now
        rig.pilotIsSampled = false
        let opened = try #require(rig.run(within: .seconds(1)) { !$0.output.contactorEnable })
        // The newest sample is good for 15 ms; five stale steps follow.
        #expect(opened == .milliseconds(40))
        #expect(rig.now - last == .milliseconds(40))
        #expect(rig.output.display.fault == .pilotStale)
        rig.run(.seconds(3))
        #expect(rig.output.display.fault == .pilotStale)
        rig.pilotIsSampled = true
        rig.run(.milliseconds(990))
        #expect(rig.output.display.fault == .pilotStale)
        rig.run(.milliseconds(20))
        #expect(rig.output.display.fault == nil)
        rig.run(.seconds(3))
        #expect(rig.output.pilot == .x1, "the car still holds on to C; only B1 leads back")
        rig.car = .b
        rig.run(.milliseconds(200))
        rig.car = .c
        rig.run(.seconds(1))
        #expect(rig.output.contactorEnable)
        #expect(rig.endReasons.isEmpty)
    }

    /// What is plugged in after 4 s in the dark may be another car.
    @Test func fourSecondsWithoutASightOfTheCarEndTheSession() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.pilotIsSampled = false
        rig.run(.milliseconds(3_950))
        #expect(rig.endReasons.isEmpty)
        rig.run(.milliseconds(600))
        #expect(rig.endReasons == [.fault])
        guard case .end(_, _, .pilotStale, _, _) = rig.intents.last else {
            Issue.record("no such end: \(rig.trace)")
            return
        }
    }

    @Test func aSampleFromTheFutureIsStale() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.pilotIsSampled = false
        for _ in 0..<10 {
            rig.input.pilot = PilotSample(
                high: Millivolts(6_000), low: Millivolts(-12_000), at: rig.now + .milliseconds(1_000))
            rig.step()
        }
        #expect(!rig.output.contactorEnable)
    }

    @Test func aWeldIsSeenAfterThreeHundredMillisecondsAndStays() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.run(.seconds(1))
        rig.isWelded = true
        rig.car = .b
        _ = rig.run(within: .seconds(1)) { !$0.output.contactorEnable }
        let seen = try #require(rig.run(within: .seconds(1)) { $0.output.display.fault == .contactorWelded })
        #expect(seen >= .milliseconds(300) && seen <= .milliseconds(310))
        #expect(!rig.isPowered)
        rig.isWelded = false
        rig.input.localReset = true
        rig.run(.seconds(60))
        rig.car = .a
        rig.run(.seconds(2))
        #expect(rig.output.display.fault == .contactorWelded)
        #expect(rig.endReasons == [.fault])
        // Out of service without a car: state F, in which nothing is ever offered.
        #expect(rig.output.pilot == .stateF)
        rig.car = .b
        rig.run(.seconds(5))
        #expect(rig.output.pilot == .stateF)
        #expect(rig.count { $0 == .faultLatched(.pilotNegative) } == 0)
    }

    @Test func oneFeedbackThatSaysClosedIsEnoughForAWeld() throws {
        for (mirror, load) in [(ContactFeedback.open, ContactFeedback.closed), (.closed, .open), (.unknown, .closed)] {
            var controller = ChargeController(try Rig().controller.configuration)
            var input = ControlInput()
            input.contactor = ContactorFeedback(mirror: mirror, load: load)
            var now = MonotonicInstant(nanoseconds: 0)
            var welded = false
            for _ in 0..<100 {
                now = now + .milliseconds(5)
                let fault = controller.step(input, at: now).display.fault
                welded = fault == .contactorWelded || fault == .contactorNotOpened
            }
            #expect(welded, "mirror contact \(mirror), load side \(load)")
        }
    }

    @Test func aWeldOutlivesTheRestartThatIsToldOfIt() throws {
        var controller = ChargeController(try Rig().controller.configuration)
        controller.restore(.contactorWelded, afterPowerCycle: true)
        var rig = Rig(controller)
        rig.car = .b
        rig.input.authorization = Rig.grant()
        rig.run(.seconds(5))
        #expect(rig.output.display.fault == .contactorWelded)
        #expect(rig.intents.isEmpty)
        #expect(rig.output.pilot == .x1)
    }

    @Test func aContactorThatFailsToCloseTwiceEndsTheSession() throws {
        var rig = try Rig()
        rig.neverCloses = true
        rig.car = .b
        rig.input.authorization = Rig.grant()
        _ = rig.run(within: .seconds(2)) { $0.output.display.phase == .offering }
        for attempt in 1...2 {
            rig.car = .c
            _ = rig.run(within: .seconds(2)) { $0.output.display.fault == .contactorNotClosed }
            #expect(rig.output.display.fault == .contactorNotClosed, "attempt \(attempt)")
            rig.car = .b
            rig.run(.seconds(31))
        }
        #expect(rig.endReasons == [.fault])
        rig.car = .a
        rig.run(.seconds(1))
        #expect(rig.output.display.fault == nil)
    }

    @Test func aSilentMeterWarnsAfterThreeSecondsAndPausesAfterTen() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.meterAnswers = false
        let last = try #require(rig.input.energy).at
        _ = rig.run(within: .seconds(5)) { $0.output.display.fault == .meterSilent }
        #expect(rig.now - last == .seconds(3))
        #expect(rig.output.contactorEnable)
        #expect(rig.output.pilot != .x1)
        _ = rig.run(within: .seconds(9)) { $0.output.pilot == .x1 }
        #expect(rig.now - last == .seconds(10))
        #expect(rig.output.display.fault == .meterLost)
        rig.run(.seconds(7))
        #expect(!rig.output.contactorEnable)
        rig.car = .b
        rig.run(.seconds(5))
        rig.meterAnswers = true
        rig.run(.milliseconds(900))
        #expect(rig.output.pilot == .x1)
        rig.run(.milliseconds(300))
        #expect(rig.output.pilot != .x1)
        #expect(rig.endReasons.isEmpty)
        // A warning is shown and not recorded.
        #expect(rig.count { $0 == .faultLatched(.meterSilent) } == 0)
        #expect(rig.count { $0 == .faultLatched(.meterLost) } == 1)
    }

    @Test func aMeterThatStepsBackIsNotRead() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.register -= MilliwattHours(1)
        let before = rig.output.display.energy
        rig.run(.seconds(2))
        #expect(rig.output.display.energy == before)
        _ = rig.run(within: .seconds(10)) { $0.output.display.fault == .meterLost }
        #expect(rig.output.display.fault == .meterLost)
    }

    @Test func overcurrentIsJudgedByTheHighestPromiseOfTheLastFiveSeconds() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.run(.seconds(1))
        rig.draw = Milliamps(30_000)
        // 16 A offered; what the car still draws of the 32 A before counts only 5 s later, and then for 7 s.
        rig.input.authorization = Rig.grant(current: Milliamps(16_000))
        let raised = try #require(rig.run(within: .seconds(20)) { $0.output.display.fault == .overcurrent })
        #expect(raised >= .seconds(12) && raised <= .milliseconds(12_015), "\(raised)")
        // Lowered again and again, the first promise is still forgotten.
        var ramp = try Rig()
        try ramp.startCharging()
        ramp.run(.seconds(1))
        ramp.draw = Milliamps(30_000)
        for step in Int32(0)..<6 {
            ramp.input.authorization = Rig.grant(current: Milliamps(16_000 - step * 1_000))
            ramp.run(.seconds(3))
        }
        #expect(ramp.count { $0 == .faultLatched(.overcurrent) } == 1)
        // Two lowerings in a row leave the first promise standing for 5 s.
        var twice = try Rig()
        try twice.startCharging()
        twice.run(.seconds(1))
        twice.draw = Milliamps(30_000)
        twice.input.authorization = Rig.grant(current: Milliamps(16_000))
        twice.run(.seconds(2))
        twice.input.authorization = Rig.grant(current: Milliamps(15_000))
        let later = try #require(twice.run(within: .seconds(20)) { $0.output.display.fault == .overcurrent })
        #expect(later >= .seconds(10) && later <= .milliseconds(10_015), "\(later)")
        // In the end it is the last promise that counts: 17.3 A is too much for 15 A, and was not for 16 A.
        var last = try Rig()
        try last.startCharging()
        last.draw = Milliamps(17_300)
        for current in [Int32(16_000), 15_900, 15_800, 15_000] {
            last.input.authorization = Rig.grant(current: Milliamps(current))
            last.run(.seconds(1))
        }
        #expect(last.run(within: .seconds(25)) { $0.output.display.fault == .overcurrent } != nil)
        // At the limit it never comes: 1.1 × 16 A + 0.5 A.
        var within = try Rig()
        try within.startCharging(Rig.grant(current: Milliamps(16_000)))
        within.draw = Milliamps(18_100)
        within.run(.seconds(20))
        #expect(within.output.display.fault == nil)
    }

    @Test func everyRowHasWhatPeopleNeed() throws {
        let configuration = try Rig().controller.configuration
        for code in FaultCode.allCases {
            let row = code.row(for: configuration)
            #expect(row.text.utf8CodeUnitCount > 10)
            #expect(row.reportingCode.utf8CodeUnitCount > 5)
            #expect(row.mrec.utf8CodeUnitCount > 5)
            #expect(row.rule.samples >= 1)
        }
        #expect(Set(FaultCode.allCases.map(\.rawValue)).count == FaultCode.allCases.count)
    }
}
