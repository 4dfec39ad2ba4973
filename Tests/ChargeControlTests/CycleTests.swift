import ChargeControl
import Quantities
import Testing

/// One session from plug to unplug, as an ordered trace.
@Suite struct CycleTests {
    @Test func aWholeCharge() throws {
        var rig = try Rig()
        rig.run(.milliseconds(100))
        rig.forgetTrace()
        rig.car = .b
        rig.run(.seconds(2))
        #expect(rig.trace == ["B1 open"])
        #expect(rig.output.display.phase == .waiting)

        rig.acknowledgesBegin = false
        rig.input.authorization = Rig.grant()
        rig.run(.seconds(2))
        // The begin record is not durable: B1, no PWM.
        #expect(rig.trace == ["B1 open", "begin"])
        #expect(rig.output.display.phase == .beginning)
        #expect(rig.output.pilot == .x1)

        rig.acknowledgesBegin = true
        rig.run(.milliseconds(50))
        #expect(rig.output.pilot == .pwm(Nanoseconds(533_333)))
        #expect(rig.output.display.offered == Milliamps(32_000))
        rig.run(.seconds(1))
        rig.car = .c
        let closing = try #require(rig.run(within: .seconds(3)) { $0.output.contactorEnable })
        // The first sample in C is the first of 500 ms; Annex A sequence 4 allows 3 s.
        #expect(closing == .milliseconds(505))

        rig.energyPerStep = MilliwattHours(5_000)
        rig.run(.seconds(3))
        rig.energyPerStep = .zero
        rig.car = .b
        #expect(rig.run(within: .milliseconds(100)) { !$0.output.contactorEnable } == .milliseconds(25))
        rig.run(.seconds(2))
        #expect(rig.output.display.phase == .offering)
        rig.car = .c
        rig.run(.seconds(1))
        #expect(rig.output.contactorEnable)
        rig.car = .b
        rig.run(.seconds(2))
        rig.car = .a
        rig.run(.seconds(2))
        #expect(rig.output.display.phase == .idle)
        #expect(
            rig.trace == [
                "B1 open", "begin", "B2 open", "C2 open", "C2 closed", "tick 1 (1)", "tick 2 (1)", "B2 open",
                "pause car",
                "C2 open", "C2 closed", "resume", "B2 open", "pause car", "A1 open", "end car",
            ])
    }

    @Test func theRecordsHoldTheReadingsTheyName() throws {
        var rig = try Rig()
        try rig.startCharging()
        let register = rig.register
        rig.energyPerStep = MilliwattHours(1_000)
        rig.run(.seconds(6))
        rig.energyPerStep = .zero
        rig.car = .a
        rig.run(.seconds(1))
        guard case .begin(let begin) = rig.intents.first,
            case .end(let end, let reason, let fault, let ticks, let isFinal) = rig.intents.last
        else {
            Issue.record("a session is framed by begin and end: \(rig.trace)")
            return
        }
        #expect(begin.sample.imported == register)
        #expect(begin.energy == .zero)
        #expect(begin.session == 1)
        #expect(begin.grantSlot == 7)
        #expect(end.sample.imported == rig.register)
        #expect(end.energy == rig.register - register)
        #expect(end.energy > MilliwattHours(1_000_000))
        #expect(reason == .unplugged)
        #expect(fault == nil)
        #expect(ticks == 1)
        #expect(isFinal)
    }

    @Test func theFinalReadingIsTakenAfterTheContactorIsProvenOpen() throws {
        var rig = try Rig()
        rig.contactorDelay = .milliseconds(200)
        rig.meterPoll = .milliseconds(50)
        try rig.startCharging()
        rig.run(.seconds(1))
        let opened = rig.now
        rig.car = .a
        _ = rig.run(within: .seconds(3)) { !$0.endReasons.isEmpty }
        guard case .end(let end, _, _, _, true) = rig.intents.last else {
            Issue.record("no end: \(rig.trace)")
            return
        }
        #expect(end.sample.at - opened >= .milliseconds(225))

        // A reply whose request was sent before that is not such a reading.
        var slow = try Rig()
        try slow.startCharging()
        slow.meterAnswers = false
        slow.car = .a
        slow.run(.milliseconds(100))
        let reading = try #require(slow.input.energy)
        slow.input.energy = EnergySample(
            number: reading.number + 1, imported: slow.register, at: slow.now, elapsed: .milliseconds(90))
        slow.run(.seconds(1))
        #expect(slow.endReasons.isEmpty)
        slow.input.energy = EnergySample(
            number: reading.number + 2, imported: slow.register, at: slow.now, elapsed: .milliseconds(90))
        slow.run(.milliseconds(10))
        #expect(slow.endReasons == [.unplugged])
    }

    @Test func withoutAFinalReadingTheNewestOneEndsTheSessionAfterTenSeconds() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.meterAnswers = false
        rig.run(.milliseconds(600))
        rig.car = .a
        rig.run(.milliseconds(9_900))
        #expect(rig.endReasons.isEmpty)
        rig.run(.milliseconds(200))
        guard case .end(_, .unplugged, nil, 0, false) = rig.intents.last else {
            Issue.record("no end: \(rig.trace)")
            return
        }
    }

    @Test func nothingBeginsWithoutEveryOneOfItsGrounds() throws {
        func begins(_ change: (inout Rig) -> Void) throws -> Bool {
            var rig = try Rig()
            rig.car = .b
            rig.run(.milliseconds(200))
            rig.input.authorization = Rig.grant()
            change(&rig)
            rig.run(.seconds(3))
            return rig.count { if case .begin = $0 { true } else { false } } > 0
        }
        #expect(try begins { _ in })
        #expect(try !begins { $0.input.authorization = nil })
        #expect(try !begins { $0.input.authorization = Rig.grant(energy: 42_934) })
        #expect(try begins { $0.input.authorization = Rig.grant(energy: 42_935) })
        #expect(try !begins { $0.input.authorization = Rig.grant(energy: -1) })
        #expect(try !begins { $0.input.authorization = Rig.grant(current: Milliamps(5_999)) })
        #expect(try !begins { $0.input.authorization = Rig.grant(deadline: $0.now) })
        #expect(try !begins { $0.input.ownerStop = true })
        #expect(try !begins { $0.input.softShutdown = true })
        #expect(try !begins { $0.input.meter = .lost })
        #expect(try !begins { $0.input.meter = .refused })
        #expect(try !begins { $0.meterAnswers = false })
        #expect(try !begins { $0.input.recordStore = .nearlyFull })
        #expect(try !begins { $0.input.recordStore = .failed })
        #expect(try !begins { $0.input.emergencyStop = true })
        #expect(try !begins { $0.car = .c })
        #expect(try !begins { $0.car = .a })
        #expect(try !begins { $0.pilotIsSampled = false })
        #expect(
            try !begins {
                $0.input.authorization = nil
                $0.feedbackIsKnown = false
                $0.run(.seconds(2))
                $0.input.authorization = Rig.grant()
            })
    }

    @Test func aSocketNeedsAKnownCableAndKeepsToIt() throws {
        var rig = try Rig(cable: .socket)
        rig.car = .b
        rig.input.authorization = Rig.grant()
        for resistance: Int32? in [nil, 50, 3_000, 9_000] {
            rig.input.proximity = resistance.map { Ohms($0) }
            rig.run(.seconds(2))
            #expect(
                rig.count { if case .begin = $0 { true } else { false } } == 0, "\(String(describing: resistance)) Ω")
        }
        #expect(rig.output.display.limit.reason == .cableUnknown)
        #expect(!rig.output.lock)
        rig.input.proximity = Ohms(680)
        #expect(rig.run(within: .seconds(3)) { $0.output.display.phase == .offering } != nil)
        #expect(rig.output.display.offered == Milliamps(20_000))
        #expect(rig.output.display.limit.source == .cable)
        #expect(rig.output.lock)
        rig.car = .c
        rig.run(.seconds(1))
        #expect(rig.output.contactorEnable)

        rig.input.proximity = Ohms(220)
        rig.draw = .zero
        rig.run(.seconds(1))
        #expect(rig.endReasons == [.fault])
        #expect(rig.output.display.fault == .cableChanged)
        #expect(!rig.output.contactorEnable)
        rig.car = .a
        rig.run(.seconds(1))
        #expect(rig.output.display.fault == nil)
        #expect(!rig.output.lock)
    }

    @Test func aCableTakesThreeEqualReadings() throws {
        var rig = try Rig(cable: .socket)
        rig.car = .b
        rig.input.authorization = Rig.grant()
        for step in 0..<200 {
            rig.input.proximity = Ohms(step % 3 == 0 ? 680 : 220)
            rig.step()
        }
        #expect(rig.intents.isEmpty)
        #expect(rig.output.display.limit.reason == .cableUnknown)
    }

    @Test func aTetheredCableIsNeverLocked() throws {
        var rig = try Rig()
        try rig.startCharging()
        #expect(!rig.output.lock)
    }

    @Test func afterItsEndAGrantStartsNothingUntilUnplug() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.input.ownerStop = true
        rig.car = .b
        rig.run(.seconds(2))
        rig.input.ownerStop = false
        rig.run(.seconds(3))
        #expect(rig.endReasons == [.owner])
        #expect(rig.output.display.phase == .ended)
        // Withdrawn and given again it is still the same grant.
        rig.input.authorization = nil
        rig.run(.seconds(1))
        rig.input.authorization = Rig.grant()
        rig.run(.seconds(2))
        #expect(rig.output.display.session == 1)
        // Nor behind another one that cannot start.
        rig.input.authorization = Rig.grant(slot: 9, energy: 1)
        rig.run(.seconds(1))
        #expect(rig.output.display.phase == .waiting)
        rig.input.authorization = Rig.grant()
        rig.run(.seconds(2))
        #expect(rig.output.display.session == 1)
        // Another one may start on the same plug.
        rig.input.authorization = Rig.grant(slot: 8)
        rig.run(.seconds(2))
        #expect(rig.output.display.phase == .offering)
        #expect(rig.output.display.session == 2)
        rig.car = .a
        rig.run(.seconds(1))
        rig.car = .b
        rig.run(.seconds(2))
        // After the unplug the same grant may go on.
        #expect(rig.output.display.session == 3)
    }

    @Test func anAcknowledgementOfAnEarlierSessionOpensNothing() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.car = .a
        rig.run(.seconds(1))
        rig.acknowledgesBegin = false
        rig.car = .b
        rig.run(.seconds(3))
        #expect(rig.output.display.phase == .beginning)
        #expect(rig.output.display.session == 2)
        #expect(rig.output.pilot == .x1)
    }

    @Test func aRestartIsAnOpenContactorAndGoesThroughB1() throws {
        var rig = try Rig()
        try rig.startCharging()
        var restarted = Rig(ChargeController(rig.controller.configuration))
        restarted.car = .c
        restarted.input.authorization = Rig.grant()
        restarted.run(.seconds(10))
        #expect(!restarted.output.contactorEnable)
        #expect(restarted.intents.isEmpty)
        restarted.car = .b
        #expect(restarted.run(within: .seconds(2)) { $0.output.display.phase == .offering } != nil)
        restarted.car = .c
        #expect(restarted.run(within: .seconds(2)) { $0.output.contactorEnable } != nil)
    }

    @Test func theFirstPeriodSendsNoPulse() throws {
        var rig = try Rig()
        #expect(!rig.output.gatePulseAllowed)
        rig.step()
        #expect(!rig.output.gatePulseAllowed)
        rig.step()
        #expect(rig.output.gatePulseAllowed)
    }

    @Test func aBenchBoardClosesOnlyWhereItIsAllowed() throws {
        for allowed in [true, false] {
            var rig = try Rig(bench: true, benchAllowed: allowed)
            rig.car = .b
            rig.input.authorization = Rig.grant()
            rig.run(.seconds(2))
            rig.car = .c
            rig.run(.seconds(2))
            #expect(rig.output.contactorEnable == allowed)
        }
    }
}
