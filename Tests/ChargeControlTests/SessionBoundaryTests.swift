import ChargeControl
import Quantities
import Testing

/// What holds a session up, one cause at a time and to the step (`ChargeController+Session.swift`).
@Suite struct SessionBoundaryTests {
    // MARK: Before the session

    /// A bench board without feedback cannot test its monitor, and charges; until the monitor rests, nothing closes.
    @Test func aBlindBenchIsNotTested() throws {
        var rig = try Rig(bench: true, benchAllowed: true, options: .with { $0.hasResidualTest = true })
        rig.feedbackIsKnown = false
        rig.surroundings.direct = true
        rig.surroundings.alternating = true
        rig.car = .b
        rig.input.authorization = Rig.grant()
        try rig.await(.seconds(1)) { $0.phase == .offering }
        rig.car = .c
        rig.run(.milliseconds(900)) { #expect($0.phase == .offering) }
        rig.surroundings.direct = false
        rig.surroundings.alternating = false
        try rig.await(.seconds(1)) { $0.output.contactorEnable }
        #expect(rig.count { if case .residualSelfTest = $0 { true } else { false } } == 0)
    }

    /// A board that is to have a feedback and shows none begins nothing, not even in the second that its row takes.
    @Test func aBoardWithoutFeedbackBeginsNothing() throws {
        var rig = try Rig()
        rig.feedbackIsKnown = false
        rig.car = .b
        rig.input.authorization = Rig.grant()
        rig.run(.seconds(3)) { #expect($0.phase != .preparing && $0.begins == 0) }
    }

    /// A test that has just become due and cannot begin in this step, for a trip of one sample, is waited for.
    @Test func aTestThatIsDueComesFirst() throws {
        var rig = try Rig(options: .with { $0.hasResidualTest = true })
        rig.run(.seconds(1))
        let passed = try #require(
            rig.records.first { if case .residualSelfTest = $0.intent { true } else { false } }?.at)
        while rig.now < passed + .seconds(86_340) { rig.step(after: .seconds(30)) }
        while rig.now < passed + .seconds(86_398) { rig.step() }
        rig.car = .b
        rig.meterAnswers = false
        rig.input.authorization = Rig.grant()
        while rig.now < passed + .seconds(86_400) - .milliseconds(5) { rig.step() }
        #expect(rig.phase == .preparing)
        rig.meterAnswers = true
        rig.input.residualDirect = true
        rig.step()
        #expect(rig.now == passed + .seconds(86_400) && rig.begins == 0)
        rig.input.residualDirect = false
        try rig.await(.seconds(2)) { $0.begins == 1 }
        #expect(rig.count { if case .residualSelfTest(passed: true, _) = $0 { true } else { false } } == 2)
    }

    /// A grant that would end before a car could be stopped begins nothing.
    @Test func aGrantThatIsAboutToEndBeginsNothing() throws {
        for (left, begins) in [(Int64(5_500), 0), (60_000, 1)] {
            var rig = try Rig()
            rig.run(.milliseconds(100))
            rig.car = .b
            rig.run(.milliseconds(100))
            rig.input.authorization = Rig.grant(deadline: rig.now + .milliseconds(left))
            rig.run(.seconds(3))
            #expect(rig.begins == begins, "\(left) ms left")
        }
    }

    @Test func aCarInDIsPluggedIn() throws {
        var rig = try Rig(options: .with { $0.hasVentilation = true })
        rig.run(.milliseconds(100))
        rig.car = .d
        try rig.await(.milliseconds(100)) { $0.phase == .waiting }
    }

    /// A simplified car may wait in D, where there is a fan.
    @Test func aSimplifiedCarWaitsInD() throws {
        var rig = try Rig(options: .with { $0.hasVentilation = true })
        rig.run(.milliseconds(100))
        rig.car = .d
        rig.run(.milliseconds(200))
        rig.input.authorization = Rig.grant()
        try rig.await(.seconds(8)) { $0.output.contactorEnable }
    }

    /// The newest sample counts, not only the settled level.
    @Test func anUnsureCarBeginsNothing() throws {
        var rig = try Rig(options: .with { $0.hasVentilation = true })
        rig.run(.milliseconds(100))
        rig.car = .c
        rig.run(.milliseconds(200))
        #expect(rig.phase == .waiting)
        rig.car = .invalid
        rig.input.authorization = Rig.grant()
        rig.step()
        #expect(rig.phase == .waiting)
        rig.car = .c
        rig.step()
        #expect(rig.phase == .preparing)
    }

    // MARK: While the begin record is awaited

    private func beginning() throws -> Rig {
        var rig = try Rig()
        rig.acknowledgesBegin = false
        rig.run(.milliseconds(100))
        rig.car = .b
        rig.input.authorization = Rig.grant()
        try rig.await(.seconds(2)) { $0.phase == .beginning }
        return rig
    }

    @Test func anUnplugAndAStopEndWhatHasNotBegun() throws {
        var unplugged = try beginning()
        unplugged.car = .a
        try unplugged.await(.milliseconds(100)) { $0.phase != .beginning }
        unplugged.run(.seconds(2))
        #expect(unplugged.endReasons == [.unplugged])
        var stopped = try beginning()
        stopped.input.ownerStop = true
        stopped.step()
        #expect(stopped.phase != .beginning)
        stopped.run(.seconds(2))
        #expect(stopped.endReasons == [.owner])
    }

    /// 60 s, to the step.
    @Test func aBeginRecordHasAMinute() throws {
        var rig = try beginning()
        let begun = try #require(rig.input.energy?.at)
        try rig.await(.seconds(61)) { $0.phase != .beginning }
        #expect(rig.now - begun == .seconds(60))
        rig.run(.seconds(2))
        #expect(rig.endReasons == [.recordFailure])
    }

    // MARK: Held

    /// Any pole that is not proven open holds the offer, before its row is raised.
    @Test(arguments: [1, 2, 3])
    func aPoleThatIsNotProvenOpenHoldsTheOffer(pole: Int) throws {
        var rig = try beginning()
        rig.feedback = {
            switch pole {
            case 1: $0.firstLoad = .closed
            case 2: $0.secondLoad = .closed
            default: $0.thirdLoad = .closed
            }
        }
        rig.acknowledgesBegin = true
        rig.run(.milliseconds(250)) { #expect(!$0.isPowered && $0.phase != .offering) }
        #expect(rig.phase == .held && rig.output.display.faults.codes.isEmpty)
        rig.feedback = { _ in }
        rig.step()
        #expect(rig.phase == .offering)
    }

    /// A begin record that is not durable any more holds the offer.
    @Test func aLostBeginRecordHoldsTheOffer() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.limit(.schedule, 0)
        rig.draw = .zero
        try rig.await(.seconds(1)) { $0.phase == .held }
        rig.car = .b
        rig.acknowledgesBegin = false
        rig.input.durableBegin = 0
        rig.limit(.schedule, nil)
        rig.run(.seconds(10)) { #expect(!$0.isPowered && $0.phase == .held) }
        rig.acknowledgesBegin = true
        rig.run(.milliseconds(10))
        #expect(rig.isPowered)
    }

    /// x1 lasts for 100 ms, so that the car can see it.
    @Test func x1LastsAHundredMilliseconds() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.acknowledgesBegin = false
        rig.input.durableBegin = 0
        rig.car = .b
        rig.step()
        #expect(rig.phase == .held && rig.output.pilot == .x1)
        let since = rig.now
        rig.acknowledgesBegin = true
        try rig.await(.seconds(1)) { $0.isPowered }
        #expect(rig.now - since == .milliseconds(100))
    }

    /// Before the first closing the relay moves at once, after 100 ms of proof.
    @Test func theFirstMoveOfTheRelayHasItsProof() throws {
        var rig = try Rig(options: .with { $0.switchesPhases = true })
        rig.acknowledgesBegin = false
        rig.input.wantedPhases = .single
        rig.run(.milliseconds(100))
        rig.car = .b
        rig.input.authorization = Rig.grant()
        try rig.await(.seconds(2)) { $0.phase == .beginning }
        rig.feedback = { $0.thirdLoad = .closed }
        rig.step()
        rig.feedback = { _ in }
        rig.acknowledgesBegin = true
        rig.step()
        let proven = rig.now
        try rig.await(.seconds(1)) { $0.output.phases == .single }
        #expect(rig.now - proven == .milliseconds(100))
    }

    /// A bench board may have no feedback at all. One that saw its contactor, and sees it no more, has one: nothing begins
    /// until it is seen open again.
    @Test func aBenchThatSawItsContactorIsNotBlind() throws {
        for isSeen in [false, true] {
            var rig = try Rig(bench: true, benchAllowed: true)
            rig.feedbackIsKnown = isSeen
            rig.run(.seconds(1))
            rig.feedbackIsKnown = false
            rig.car = .b
            rig.input.authorization = Rig.grant()
            rig.run(.seconds(10))
            #expect(rig.begins == (isSeen ? 0 : 1), "seen: \(isSeen)")
            #expect(rig.phase == (isSeen ? .waiting : .offering))
            rig.feedbackIsKnown = true
            rig.run(.seconds(5))
            #expect(rig.begins == 1)
        }
    }

    /// After it the relay moves in a pause, wherever the wish comes.
    @Test func afterAClosingTheRelayMovesInAPause() throws {
        var rig = try Rig(
            options: .with {
                $0.switchesPhases = true
                $0.wakeUp = .never
            })
        try rig.startCharging()
        rig.limit(.schedule, 0)
        rig.draw = .zero
        try rig.await(.seconds(1)) { $0.phase == .held }
        rig.car = .b
        rig.run(.seconds(6))
        rig.input.wantedPhases = .single
        rig.limit(.schedule, nil)
        rig.step()
        #expect(rig.phase == .switching && rig.output.phases == .three)
    }

    /// A car in D in a session that is held: current comes with the fan, not before, and not on one unsure sample.
    @Test func aCarInDIsOfferedCurrentWhenTheFanRuns() throws {
        var rig = try Rig(
            options: .with {
                $0.hasVentilation = true
                $0.wakeUp = .never
            })
        try rig.startOffering()
        rig.limit(.schedule, 0)
        rig.run(.seconds(10))
        #expect(rig.phase == .held)
        rig.surroundings.fanTime = .seconds(3)
        rig.car = .d
        rig.run(.milliseconds(100))
        rig.limit(.schedule, nil)
        rig.run(.milliseconds(2_500)) { #expect(!$0.isPowered) }
        rig.limit(.schedule, 0)
        rig.run(.seconds(2))
        #expect(rig.input.fanRuns)
        rig.car = .invalid
        rig.limit(.schedule, nil)
        rig.step()
        #expect(!rig.isPowered && rig.phase == .held)
        rig.car = .d
        rig.step()
        #expect(rig.isPowered)
    }

    /// A bench board that is not allowed offers, and never goes on to charging.
    @Test func aBenchBoardThatIsNotAllowedStaysInB2() throws {
        var rig = try Rig(bench: true, benchAllowed: false, options: .with { $0.wakeUp = .never })
        try rig.startOffering()
        rig.car = .c
        rig.run(.seconds(5)) { #expect($0.phase == .offering) }
    }
}
