import ChargeControl
import Quantities
import Testing

/// A contactor that does not do what it was told, or does not show it well: welds behind flickering feedbacks, what a weld
/// carries, cars that bridge phases, and poles that nothing proves open.
@Suite struct WeldTests {
    private func charging(_ options: ControlOptions = ControlOptions()) throws -> Rig {
        var rig = try Rig(options: options)
        try rig.startCharging()
        return rig
    }

    /// Lets the car stop, with a feedback that is made up anew for every step.
    private func stop(_ rig: inout Rig, seeing feedback: (Int) -> ContactorFeedback) {
        rig.car = .b
        rig.run(.milliseconds(25))
        #expect(!rig.output.contactorEnable && rig.isPowered)
        for step in 0..<400 {
            let seen = feedback(step)
            rig.feedback = { $0 = seen }
            rig.step()
        }
    }

    /// Nine of ten samples, or one of two beside a mirror contact that stays closed.
    @Test(arguments: ["load side", "load side beside the mirror contact"])
    func aWeldWhoseLoadSideFlickersIsRaised(which: String) throws {
        var rig = try charging()
        stop(&rig) { step in
            which == "load side"
                ? ContactorFeedback(mirror: .open, load: step % 10 == 9 ? .open : .closed)
                : ContactorFeedback(mirror: .closed, load: step % 2 == 0 ? .open : .closed)
        }
        #expect(rig.raised(.contactorWelded) == 1)
        #expect(!rig.isPowered)
        rig.car = .c
        rig.run(.seconds(10)) { #expect(!$0.isPowered && !$0.output.contactorEnable) }
        #expect(rig.endReasons == [.fault])
    }

    @Test func anArmatureWhoseMirrorContactFlickersIsRaised() throws {
        var rig = try charging()
        stop(&rig) { ContactorFeedback(mirror: $0 % 10 == 9 ? .open : .closed, load: .open) }
        #expect(rig.raised(.contactorNotOpened) == 1)
        #expect(!rig.isPowered)
        rig.car = .c
        rig.run(.seconds(10)) { #expect(!$0.isPowered && !$0.output.contactorEnable) }
    }

    /// Half of the row's persistence, then 100 ms of proof that it is open: that was no weld.
    @Test func aContactorThatIsProvenOpenBetweenTwoGlitchesIsNotWelded() throws {
        var rig = try charging()
        stop(&rig) { ContactorFeedback(mirror: .open, load: $0 % 60 < 30 ? .closed : .open) }
        rig.feedback = { _ in }
        #expect(rig.raised(.contactorWelded) == 0)
        #expect(rig.endReasons.isEmpty)
    }

    /// Whoever shares the supply must know what a contactor that will not open lets through.
    @Test(arguments: [FaultCode.contactorWelded, .contactorNotOpened])
    func whatAStuckContactorCarriesIsInUse(code: FaultCode) throws {
        var rig = try charging()
        rig.isWelded = true
        if code == .contactorNotOpened {
            rig.feedback = { $0 = ContactorFeedback(mirror: .closed, load: .unknown) }
        }
        rig.input.authorization = nil
        rig.run(.seconds(20))
        #expect(rig.stands(code) && rig.phase == .ended && !rig.output.contactorEnable)
        #expect(rig.output.demand.inUse == Milliamps(16_000))
        rig.draw = Milliamps(9_000)
        rig.step()
        rig.step()
        #expect(rig.output.demand.inUse == Milliamps(9_000))
        // Unmeasured it is what the charger is built for.
        rig.currentsAreMeasured = false
        rig.step()
        rig.step()
        #expect(rig.output.demand.inUse == Milliamps(32_000))
    }

    /// Some cars connect L1 with L2 and L3 inside: the load sides are live and the poles are not welded.
    @Test func aCarThatBridgesPhasesIsNoWeldWhileL1AloneIsClosed() throws {
        var rig = try Rig(options: .with { $0.switchesPhases = true })
        rig.input.wantedPhases = .single
        rig.feedback = {
            if $0.firstLoad == .closed {
                $0.secondLoad = .closed
                $0.thirdLoad = .closed
            }
        }
        try rig.startCharging()
        #expect(rig.output.phases == .single)
        rig.run(.seconds(10)) { #expect($0.output.contactorEnable && $0.output.display.fault == nil) }
        rig.car = .b
        rig.run(.seconds(2))
        #expect(rig.endReasons.isEmpty && rig.output.display.fault == nil)
    }

    /// With L1 open nothing can be bridged from it.
    @Test(arguments: [2, 3])
    func aLivePhaseIsAWeldOnceL1IsOpen(phase: Int) throws {
        var rig = try Rig(options: .with { $0.switchesPhases = true })
        rig.input.wantedPhases = .single
        try rig.startCharging()
        rig.feedback = { if phase == 2 { $0.secondLoad = .closed } else { $0.thirdLoad = .closed } }
        rig.run(.seconds(2)) { #expect($0.output.contactorEnable) }
        rig.car = .b
        try rig.await(.milliseconds(50)) { !$0.output.contactorEnable }
        try rig.await(.milliseconds(330)) { $0.stands(.contactorWelded) }
        #expect(!rig.isPowered)
    }

    /// The second mirror contact sees what a bridging car hides.
    @Test func aSecondContactorThatClosedUnbiddenIsSeenBesideABridgingCar() throws {
        var rig = try Rig(options: .with { $0.switchesPhases = true })
        rig.input.wantedPhases = .single
        try rig.startCharging()
        rig.feedback = {
            $0.secondMirror = .closed
            $0.secondLoad = .closed
            $0.thirdLoad = .closed
        }
        try rig.await(.milliseconds(330)) { $0.stands(.contactorWelded) }
        #expect(!rig.output.contactorEnable)
    }

    /// All poles unread, or one of them: what is not proven open is not closed.
    @Test(arguments: ["all", "L1", "L3"])
    func nothingClosesWithAPoleNotProvenOpen(unread: String) throws {
        var rig = try Rig(options: .with { $0.switchesPhases = unread != "all" })
        try rig.startOffering()
        switch unread {
        case "all": rig.feedbackIsKnown = false
        case "L1":
            rig.feedback = {
                $0.mirror = .unknown
                $0.firstLoad = .unknown
            }
        default:
            rig.feedback = {
                $0.secondMirror = .unknown
                $0.thirdLoad = .unknown
            }
        }
        rig.car = .c
        rig.run(.seconds(3)) { #expect(!$0.output.contactorEnable) }
        #expect(rig.stands(.contactorUnobserved))
    }

    /// The proof may come late in the filter; the closing waits for it and for nothing more.
    @Test func theClosingWaitsForTheProof() throws {
        var rig = try Rig()
        try rig.startOffering()
        rig.car = .c
        rig.run(.milliseconds(100))
        rig.feedbackIsKnown = false
        rig.run(.milliseconds(700)) { #expect(!$0.output.contactorEnable) }
        rig.feedbackIsKnown = true
        rig.step()
        #expect(rig.output.contactorEnable)
    }

    /// How long an opening took is known only where it was watched.
    @Test func theOpeningTimeDoesNotRunOverUnreadFeedback() throws {
        var rig = try charging()
        rig.car = .b
        rig.run(.seconds(1))
        #expect(rig.output.display.wear.openingTime == .milliseconds(20))
        rig.car = .c
        try rig.await(.seconds(1)) { $0.output.contactorEnable }
        rig.run(.milliseconds(100))
        rig.car = .b
        try rig.await(.milliseconds(50)) { !$0.output.contactorEnable }
        rig.step()
        rig.feedback = {
            $0.mirror = .unknown
            $0.secondMirror = .unknown
        }
        rig.run(.seconds(10))
        rig.feedback = { _ in }
        rig.run(.seconds(1))
        #expect(rig.output.display.wear.openingTime == .milliseconds(20))
        #expect(!rig.stands(.contactorWorn))
    }
}
