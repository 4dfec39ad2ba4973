import ChargeControl
import Quantities
import Testing

/// Stops that the charger decides: x1, then open when the car lets go, when it no longer draws, at the latest after 6 s.
@Suite struct StopTests {
    private func charging(_ grant: Authorization = Rig.grant()) throws -> Rig {
        var rig = try Rig()
        try rig.startCharging(grant)
        return rig
    }

    @Test func bothEdgesOfTheSixSecondRule() throws {
        var rig = try charging()
        rig.input.ownerStop = true
        rig.step()
        let x1 = rig.now
        #expect(rig.output.pilot == .x1)
        #expect(rig.output.contactorEnable)
        while rig.now - x1 < .milliseconds(5_995) {
            rig.step()
            #expect(rig.output.contactorEnable)
        }
        #expect(rig.now - x1 == .milliseconds(5_995))
        rig.step()
        #expect(!rig.output.contactorEnable)
        rig.run(.seconds(1))
        #expect(rig.endReasons == [.owner])
        #expect(rig.count { if case .pause = $0 { true } else { false } } == 0)
    }

    @Test func theCarThatLetsGoIsNotKeptWaiting() throws {
        var rig = try charging()
        rig.input.ownerStop = true
        rig.run(.seconds(1))
        #expect(rig.output.contactorEnable)
        rig.car = .b
        #expect(rig.run(within: .milliseconds(100)) { !$0.output.contactorEnable } == .milliseconds(25))
        rig.run(.seconds(1))
        #expect(rig.endReasons == [.owner])
    }

    @Test func belowHalfAnAmpereItOpens() throws {
        for (draw, opens) in [(500, false), (499, true), (-499, true), (-500, false)] {
            var rig = try charging()
            rig.input.ownerStop = true
            rig.run(.seconds(1))
            rig.draw = Milliamps(Int32(draw))
            rig.run(.milliseconds(100))
            #expect(rig.output.contactorEnable == !opens, "\(draw) mA")
        }
        // What is not measured is not small.
        var rig = try charging()
        rig.currentsAreMeasured = false
        rig.input.ownerStop = true
        rig.run(.milliseconds(5_900))
        #expect(rig.output.contactorEnable)
    }

    /// Which of the stops a session can meet, and the reason in its end record.
    @Test(arguments: [
        ("owner", StopReason.owner), ("withdrawn", .grantWithdrawn), ("another grant", .grantWithdrawn),
        ("deadline", .grantExpired), ("soft shutdown", .shutdown), ("nearly full", .journalFull),
    ])
    func everyGentleStop(cause: String, reason: StopReason) throws {
        var rig = try charging()
        switch cause {
        case "owner": rig.input.ownerStop = true
        case "withdrawn": rig.input.authorization = nil
        case "another grant": rig.input.authorization = Rig.grant(slot: 8)
        case "deadline": rig.input.authorization = Rig.grant(deadline: rig.now + .milliseconds(5))
        case "soft shutdown": rig.input.softShutdown = true
        default: rig.input.recordStore = .nearlyFull
        }
        rig.step()
        #expect(rig.output.pilot == .x1)
        #expect(rig.output.contactorEnable, "the car has 6 s")
        #expect(!rig.output.shutdownComplete)
        rig.car = .b
        rig.run(.seconds(2))
        #expect(!rig.output.contactorEnable)
        #expect(rig.endReasons == [reason])
        #expect(rig.output.shutdownComplete == (cause == "soft shutdown"))
        if case .end(_, _, _, _, let isFinal) = rig.intents.last(where: { if case .end = $0 { true } else { false } }) {
            #expect(isFinal)
        }
    }

    /// The car has 6 s to stop, so x1 comes 6 s before the deadline.
    @Test func aDeadlineHoldsToTheNanosecond() throws {
        var rig = try charging()
        rig.input.authorization = Rig.grant(deadline: rig.now + .milliseconds(6_050) + Nanoseconds(1))
        rig.run(.milliseconds(50))
        #expect(rig.output.pilot != .x1)
        rig.step()
        #expect(rig.output.pilot == .x1)
    }

    @Test func theEnergyLimitIsReachedEarlyByTheMargin() throws {
        for (cause, reason) in [(LimitCause.grant, StopReason.grantSpent), (.driver, .energyLimit)] {
            var rig = try charging(Rig.grant(energy: 1_042_934, cause: cause))
            let begin = rig.register
            rig.register = begin + MilliwattHours(999_999)
            rig.run(.seconds(2))
            #expect(rig.output.pilot != .x1)
            rig.register = begin + MilliwattHours(1_000_000)
            _ = rig.run(within: .seconds(1)) { $0.output.pilot == .x1 }
            #expect(rig.output.pilot == .x1)
            #expect(rig.output.contactorEnable)
            rig.draw = .zero
            rig.run(.seconds(2))
            #expect(rig.endReasons == [reason])
            #expect(rig.count { $0 == .faultLatched(.overcurrent) } == 0)
        }
    }

    @Test func overshootAfterTheStopIsStillCounted() throws {
        var rig = try charging(Rig.grant(energy: 1_990_000))
        rig.energyPerStep = MilliwattHours(2_000)
        _ = rig.run(within: .seconds(30)) { !$0.endReasons.isEmpty }
        guard case .end(let mark, .grantSpent, nil, let ticks, true) = rig.intents.last else {
            Issue.record("no end: \(rig.trace)")
            return
        }
        #expect(mark.sample.imported == rig.register)
        #expect(mark.energy > MilliwattHours(1_990_000))
        #expect(ticks == 4)
    }

    @Test func aHardShutdownOpensAtOnce() throws {
        var rig = try charging()
        rig.input.softShutdown = true
        rig.run(.milliseconds(500))
        #expect(rig.output.contactorEnable)
        rig.input.hardShutdown = true
        rig.step()
        #expect(!rig.output.contactorEnable)
        #expect(rig.output.pilot == .x1)
        #expect(rig.output.shutdownComplete)
        guard case .end(_, .shutdown, nil, _, false) = rig.intents.last else {
            Issue.record("no end: \(rig.trace)")
            return
        }
    }

    @Test func aShutdownWithoutASessionIsCompleteAtOnceAndBeginsNone() throws {
        var rig = try Rig()
        rig.run(.milliseconds(50))
        rig.input.softShutdown = true
        rig.step()
        #expect(rig.output.shutdownComplete)
        rig.car = .b
        rig.input.authorization = Rig.grant()
        rig.run(.seconds(3))
        #expect(rig.intents.isEmpty)
        #expect(rig.output.shutdownComplete)
    }

    @Test func aLimitThatFallsToNothingPausesAndComesBackThroughB1() throws {
        var rig = try charging()
        rig.input.authorization = Rig.grant(current: Milliamps(5_000))
        rig.run(.milliseconds(50))
        #expect(rig.output.pilot == .x1)
        #expect(rig.output.contactorEnable)
        rig.input.authorization = Rig.grant(current: Milliamps(10_000))
        rig.run(.seconds(7))
        // The stop goes on to its end; the car still holds on to C.
        #expect(!rig.output.contactorEnable)
        #expect(rig.output.pilot == .x1)
        rig.car = .b
        rig.run(.milliseconds(200))
        #expect(rig.output.pilot == .x1, "no current is offered for 5 s after a stop by the charger")
        rig.run(.seconds(5))
        #expect(rig.output.pilot == .pwm(Nanoseconds(166_666)))
        rig.car = .c
        rig.run(.seconds(1))
        #expect(rig.output.contactorEnable)
        #expect(rig.trace.filter { $0.hasPrefix("pause") || $0 == "resume" } == ["pause noCurrent", "resume"])
    }

    @Test func aLimitThatFluttersDoesNotFlutterThePilot() throws {
        var rig = try Rig()
        rig.car = .b
        rig.input.authorization = Rig.grant()
        _ = rig.run(within: .seconds(2)) { $0.output.display.phase == .offering }
        rig.run(.seconds(1))
        rig.input.authorization = Rig.grant(current: Milliamps(0))
        rig.step()
        #expect(rig.output.pilot == .x1)
        rig.input.authorization = Rig.grant()
        #expect(rig.run(within: .seconds(6)) { $0.output.pilot != .x1 } == .seconds(5))
    }

    @Test func increasesAreFiveSecondsApartAndDecreasesAreNot() throws {
        var rig = try charging(Rig.grant(current: Milliamps(10_000)))
        rig.run(.seconds(6))
        rig.input.authorization = Rig.grant(current: Milliamps(16_000))
        rig.step()
        #expect(rig.output.display.offered == Milliamps(16_000))
        rig.input.authorization = Rig.grant(current: Milliamps(20_000))
        rig.run(.milliseconds(4_995))
        #expect(rig.output.display.offered == Milliamps(16_000))
        rig.step()
        #expect(rig.output.display.offered == Milliamps(20_000))
        rig.input.authorization = Rig.grant(current: Milliamps(8_000))
        rig.step()
        #expect(rig.output.display.offered == Milliamps(8_000))
    }
}
