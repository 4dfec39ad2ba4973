import ChargeControl
import Quantities
import Testing

/// Everything slow is done in B1, so that the contactor closes at once; and limits act early.
@Suite struct PromptnessTests {
    /// Storage and meter each stand still for 5 s in B1; from C on it is the filter and no more.
    @Test func theContactorClosesWithinASecondOfTheFilterWhateverStalledBefore() throws {
        var rig = try Rig(
            cable: .socket,
            options: .with {
                $0.hasLock = true
                $0.hasResidualTest = true
            })
        rig.surroundings.proximity = Ohms(220)
        rig.meterAnswers = false
        rig.acknowledgesBegin = false
        rig.car = .b
        rig.input.authorization = Rig.grant()
        rig.run(.seconds(5)) { #expect(!$0.isPowered && $0.begins == 0) }
        rig.meterAnswers = true
        rig.run(.seconds(5)) { #expect(!$0.isPowered) }
        #expect(rig.phase == .beginning)
        rig.acknowledgesBegin = true
        try rig.await(.milliseconds(50)) { $0.isPowered }
        // From now on both stand still again: nothing of it is needed any more.
        rig.meterAnswers = false
        rig.acknowledgesBegin = false
        rig.run(.milliseconds(500))
        rig.car = .c
        let closed = try #require(rig.run(within: .seconds(3)) { $0.output.contactorEnable })
        #expect(closed <= .milliseconds(1_500) && closed == .milliseconds(505))
    }

    /// A pause needs no new begin record, with the store standing still.
    @Test func resumingWaitsForNothing() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.meterAnswers = false
        rig.acknowledgesBegin = false
        rig.car = .b
        rig.run(.seconds(1))
        rig.car = .c
        #expect(rig.run(within: .seconds(1)) { $0.output.contactorEnable } == .milliseconds(505))
        #expect(rig.begins == 1)
    }

    /// x1 comes 6 s before a deadline, so that even a car that ignores it is off when it is due.
    @Test func aDeadlineIsMetByACarThatIgnoresX1() throws {
        for (cause, reason) in [(LimitCause.grant, StopReason.grantExpired), (.driver, .timeLimit)] {
            var rig = try Rig()
            try rig.startCharging()
            let deadline = rig.now + .seconds(20)
            rig.input.authorization = Rig.grant(deadline: deadline, deadlineCause: cause)
            rig.run(.milliseconds(13_990))
            #expect(rig.isPowered)
            rig.run(.milliseconds(15))
            #expect(!rig.isPowered)
            while rig.now < deadline { rig.step() }
            rig.step()
            #expect(!rig.output.contactorEnable)
            rig.run(.seconds(2))
            #expect(rig.endReasons == [reason])
        }
    }

    /// The same for energy: with the greatest power, a car that ignores x1 and a slow poll the limit is not passed.
    @Test func anEnergyLimitIsNotPassedAtFullPower() throws {
        for (cause, reason) in [(LimitCause.grant, StopReason.grantSpent), (.driver, .energyLimit)] {
            var rig = try Rig()
            rig.meterPoll = .seconds(1)
            try rig.startCharging(Rig.grant(energy: 150_000, cause: cause))
            let begin = rig.register
            // 3 × 32 A × 230 V for 5 ms.
            rig.energyPerStep = MilliwattHours(30)
            try rig.await(.seconds(60)) { !$0.endReasons.isEmpty }
            #expect(rig.endReasons == [reason])
            #expect(rig.register - begin <= MilliwattHours(150_000), "\(rig.register - begin)")
            #expect(rig.register - begin >= MilliwattHours(100_000))
        }
    }
}
