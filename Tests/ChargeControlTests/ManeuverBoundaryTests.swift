import ChargeControl
import Quantities
import Testing

/// Wake-up and phase switching when something else happens meanwhile (`ChargeController+Maneuvers.swift`).
@Suite struct ManeuverBoundaryTests {
    private func waking() throws -> Rig {
        var rig = try Rig(
            options: .with {
                $0.wakeUp = .open
                $0.hasPilotRelay = true
                $0.hasBoardTemperature = true
            })
        try rig.startOffering()
        try rig.await(.seconds(31)) { $0.output.pilot == .stateE }
        return rig
    }

    private func switching(pause: Nanoseconds = .seconds(15)) throws -> Rig {
        var rig = try Rig(
            options: .with {
                $0.switchesPhases = true
                $0.phaseSwitchPause = pause
                $0.hasPilotRelay = true
                $0.wakeUp = .never
                $0.hasBoardTemperature = true
            })
        try rig.startOffering()
        rig.live(.seconds(5))
        try #require(rig.contactsClosed)
        return rig
    }

    /// Nothing is to be offered any more: the car gets its pilot back in that step, and no current after it.
    @Test(arguments: ["heat", "schedule"])
    func theWakeUpEndsWithTheOffer(cause: String) throws {
        var rig = try waking()
        rig.run(.milliseconds(200))
        if cause == "heat" { rig.surroundings.boardTemperature = DeciCelsius(900) } else { rig.limit(.schedule, 0) }
        try rig.await(.milliseconds(1_100)) { $0.output.pilot == .x1 }
        rig.run(.seconds(3)) { #expect(!$0.isPowered) }
        #expect(rig.phase == .held && rig.endReasons.isEmpty)
    }

    /// What is found after the wake-up must settle: a pilot that jumps between B and C for 750 ms is no car in view.
    @Test func aPilotThatDoesNotSettleAfterTheWakeUpEndsTheSession() throws {
        var rig = try waking()
        try rig.await(.seconds(5)) { $0.output.pilot == .x1 }
        let given = rig.now
        var ended: Nanoseconds?
        while rig.endReasons.isEmpty, rig.now - given < .seconds(3) {
            rig.car = rig.car == .b ? .c : .b
            rig.step()
            if ended == nil, rig.phase != .waking { ended = rig.now - given }
        }
        #expect(rig.endReasons == [.unplugged])
        #expect(ended == .milliseconds(750))
    }

    /// A fault stands, or a limit, when the car is back in view: current is not offered for even one period.
    @Test(arguments: ["heat", "schedule"])
    func afterThePhasesAreSwitchedAFaultHoldsTheOffer(cause: String) throws {
        var rig = try switching()
        rig.input.wantedPhases = .single
        rig.live(.seconds(10))
        #expect(rig.output.phases == .single && rig.phase == .switching)
        if cause == "heat" { rig.surroundings.boardTemperature = DeciCelsius(900) } else { rig.limit(.schedule, 0) }
        rig.live(.seconds(10)) { #expect(!$0.isPowered && $0.phase != .offering) }
        #expect(rig.phase == .held)
    }

    /// The car has 750 ms of x1 to show itself, from when it really got its pilot back: a late step takes nothing away.
    @Test func theCarHasItsWholeTimeAfterALateStep() throws {
        var rig = try waking()
        rig.run(.milliseconds(3_945))
        #expect(rig.output.pilot == .stateE)
        rig.step(after: .milliseconds(38))
        #expect(rig.output.pilot == .x1)
        let given = rig.now
        try rig.await(.seconds(2)) { $0.isPowered }
        #expect(rig.now - given == .milliseconds(750))
    }

    private func switchedWithoutRelay() throws -> (rig: Rig, moved: MonotonicInstant) {
        var rig = try Rig(
            options: .with {
                $0.switchesPhases = true
                $0.phaseSwitchPause = .seconds(15)
                $0.wakeUp = .never
            })
        try rig.startOffering()
        rig.live(.seconds(5))
        rig.input.wantedPhases = .single
        var moved: MonotonicInstant?
        rig.live(.seconds(2)) { if $0.output.phases == .single, moved == nil { moved = $0.now } }
        return (rig, try #require(moved))
    }

    /// Without a relay to cut the pilot, too, the 750 ms follow the pause.
    @Test func theTimeToShowItselfFollowsThePause() throws {
        var (rig, moved) = try switchedWithoutRelay()
        rig.car = .b
        try rig.await(.seconds(20)) { $0.isPowered }
        #expect(rig.now - moved == .milliseconds(15_750))
    }

    /// What is found at the end of the pause, and not a step later, ends the session.
    @Test func stateDAtTheEndOfThePauseEndsTheSession() throws {
        var (rig, moved) = try switchedWithoutRelay()
        rig.car = .d
        try rig.await(.seconds(20)) { $0.phase != .switching }
        #expect(rig.now - moved == .seconds(15))
        rig.run(.seconds(1))
        #expect(rig.endReasons == [.unplugged])
    }

    /// Ten minutes between two switches, to the step.
    @Test func theNextSwitchComesTenMinutesLater() throws {
        var (rig, moved) = try switchedWithoutRelay()
        rig.live(.seconds(20))
        #expect(rig.output.contactorEnable)
        rig.input.wantedPhases = .three
        var stopped: MonotonicInstant?
        rig.live(.seconds(600)) { if $0.phase == .stopping, stopped == nil { stopped = $0.now } }
        #expect(try #require(stopped) - moved == .seconds(600))
    }

    /// A fault's state F inside the cut: the car gets 500 ms of x1 after it. Where a fault shows no F, the cut goes on.
    @Test(arguments: [Int64(300), 0])
    func halfASecondOfX1FollowsAFaultsStateF(pulse: Int64) throws {
        var rig = try Rig(
            options: .with {
                $0.switchesPhases = true
                $0.phaseSwitchPause = .seconds(15)
                $0.hasPilotRelay = true
                $0.wakeUp = .never
                $0.watchesEarth = true
                $0.stateFPulse = .milliseconds(pulse)
            })
        try rig.startOffering()
        rig.live(.seconds(5))
        rig.input.wantedPhases = .single
        rig.live(.seconds(2))
        try rig.await(.seconds(15)) { $0.output.pilot == .stateE }
        let cut = rig.now
        rig.surroundings.earth = false
        try rig.await(.seconds(1)) { $0.stands(.earthMissing) }
        rig.surroundings.earth = true
        if pulse == 0 {
            while rig.now - cut < .milliseconds(3_945) {
                rig.step()
                #expect(rig.output.pilot == .stateE)
            }
            return
        }
        #expect(rig.output.pilot == .stateF)
        try rig.await(.seconds(1)) { $0.output.pilot == .x1 }
        let given = rig.now
        try rig.await(.seconds(1)) { $0.output.pilot == .stateE }
        #expect(rig.now - given == .milliseconds(500))
    }

    /// So does the block that a fault leaves behind.
    @Test func afterThePhasesAreSwitchedARestartBlockHoldsTheOffer() throws {
        var rig = try switching(pause: .seconds(60))
        rig.input.wantedPhases = .single
        rig.live(.seconds(45))
        rig.input.enclosureOpen = true
        try rig.await(.seconds(1)) { $0.stands(.enclosureOpen) }
        let raised = rig.now
        rig.input.enclosureOpen = false
        try rig.await(.seconds(12)) { !$0.stands(.enclosureOpen) }
        var offered: MonotonicInstant?
        rig.live(.seconds(30)) { if $0.isPowered, offered == nil { offered = $0.now } }
        #expect(try #require(offered) - raised == .seconds(30))
    }

    /// A pole that cannot be seen cannot be proven open: charging is not stopped for that.
    @Test func aPoleThatIsNotSeenStopsNoChargingForOtherPhases() throws {
        var rig = try switching()
        rig.feedback = {
            $0.secondMirror = .unknown
            $0.secondLoad = .unknown
            $0.thirdLoad = .unknown
        }
        rig.step()
        rig.input.wantedPhases = .single
        rig.live(.milliseconds(500)) { #expect($0.isPowered && $0.phase == .charging) }
    }

    /// A wish that is taken back before the relay moved costs nothing: no pause, and none of the 10 minutes.
    @Test func aWishThatIsTakenBackInTimeMovesNothing() throws {
        var rig = try switching()
        rig.feedback = { if $0.mirror == .open { $0.thirdLoad = .closed } }
        rig.input.wantedPhases = .single
        rig.draw = .zero
        try rig.await(.seconds(1)) { $0.phase == .switching }
        rig.input.wantedPhases = .three
        rig.run(.milliseconds(100))
        #expect(rig.phase == .held)
        rig.feedback = { _ in }
        rig.live(.seconds(8))
        #expect(rig.output.contactorEnable)
        rig.input.wantedPhases = .single
        rig.live(.seconds(2))
        #expect(rig.output.phases == .single)
    }

    /// Not proven open in 10 s: the pilot is the car's again, and the fault table says why.
    @Test func whatIsNotProvenOpenIsGivenUpAfterTenSeconds() throws {
        var rig = try switching()
        rig.feedback = {
            if $0.mirror == .open {
                $0.secondMirror = .unknown
                $0.secondLoad = .unknown
                $0.thirdLoad = .unknown
            }
        }
        rig.input.wantedPhases = .single
        var begun: MonotonicInstant?
        var givenUp: MonotonicInstant?
        rig.live(.seconds(11)) {
            if $0.phase == .switching, begun == nil { begun = $0.now }
            if $0.phase == .held, begun != nil, givenUp == nil { givenUp = $0.now }
        }
        #expect(try #require(givenUp) - #require(begun) == .seconds(10))
        #expect(rig.output.phases == .three)
    }

    /// The pause is a pause: a car that asks for ventilation in it, and lets go again, is the same car.
    @Test func stateDInThePauseEndsNothing() throws {
        var rig = try switching()
        rig.input.wantedPhases = .single
        rig.live(.seconds(3))
        #expect(rig.output.phases == .single && rig.phase == .switching)
        rig.car = .d
        rig.run(.milliseconds(500))
        rig.car = .b
        rig.run(.milliseconds(500))
        #expect(rig.phase == .switching && rig.endReasons.isEmpty)
    }
}
