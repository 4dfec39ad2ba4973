import ChargeControl
import Quantities
import Testing

/// What must not raise a row, and what must not clear one: conditions of `ChargeController+Detection.swift` that no other
/// test told from their absence (`Tools/mutants`).
@Suite struct DetectionBoundaryTests {
    /// A single-phase charger uses the first current alone.
    @Test func whatIsReadOfPhasesThatAreNotThereIsNotUnbidden() throws {
        var rig = try Rig(phases: 1)
        rig.flowsUnbidden = Milliamps(5_000)
        try rig.startCharging()
        rig.run(.seconds(2)) { #expect(!$0.stands(.phasesUnbidden) && $0.output.contactorEnable) }
        // Where the phases can be switched it is.
        var switched = try Rig(options: .with { $0.switchesPhases = true })
        switched.input.wantedPhases = .single
        switched.flowsUnbidden = Milliamps(5_000)
        try switched.startCharging()
        switched.run(.seconds(2))
        #expect(switched.stands(.phasesUnbidden))
    }

    /// One ampere is none, a milliampere more is: in L2 and in L3, whichever way it flows.
    @Test(arguments: [2, 3])
    func moreThanOneAmpereIsUnbidden(phase: Int) throws {
        for (current, stands) in [(Int32(1_000), false), (1_001, true), (-1_000, false), (-1_001, true)] {
            var rig = try Rig(options: .with { $0.switchesPhases = true })
            rig.input.wantedPhases = .single
            rig.currents = {
                guard $0.first ?? .zero > .zero else { return }
                if phase == 2 { $0.second = Milliamps(current) } else { $0.third = Milliamps(current) }
            }
            try rig.startCharging()
            rig.run(.seconds(1))
            #expect(rig.stands(.phasesUnbidden) == stands, "\(current) mA")
        }
    }

    /// What flows past an open contactor is no car's over-current.
    @Test func overcurrentIsAskedOfAClosedContactor() throws {
        var rig = try Rig(options: .with { $0.wakeUp = .never })
        rig.flowsWhileOpen = Milliamps(38_000)
        try rig.startOffering()
        rig.run(.seconds(10))
        #expect(rig.isPowered && !rig.output.contactorEnable)
        #expect(rig.raised(.overcurrent) == 0)
    }

    /// The gate is asked only once it is pulsed: a stall stops the pulses, and the 250 ms begin anew.
    @Test func theGateIsNotAskedInTheStepOfAStall() throws {
        var rig = try Rig(options: .with { $0.hasGateReadback = true })
        rig.run(.seconds(1))
        rig.surroundings.gateAnswers = false
        rig.run(.milliseconds(200))
        rig.step(after: .milliseconds(60))
        rig.run(.milliseconds(200)) { #expect(!$0.stands(.gateLost)) }
        rig.run(.milliseconds(60))
        #expect(rig.stands(.gateLost))
    }

    /// Nor in the first step, before anything was pulsed.
    @Test func theGateIsNotAskedInTheFirstStep() throws {
        var rig = try Rig(options: .with { $0.hasGateReadback = true })
        rig.surroundings.gateAnswers = false
        rig.step()
        let second = rig.now + .milliseconds(5)
        try rig.await(.seconds(1)) { $0.stands(.gateLost) }
        #expect(rig.now - second == .milliseconds(250))
    }

    /// A row of the pilot that was about to clear does not while nobody looks.
    @Test func aStalePilotClearsNoRowOfThePilot() throws {
        var rig = try Rig()
        rig.run(.milliseconds(100))
        rig.car = .e
        try rig.await(.seconds(5)) { $0.stands(.pilotShorted) }
        var seen = rig
        seen.car = .a
        try seen.await(.seconds(60)) { !$0.stands(.pilotShorted) }
        // The same, but that the samples stop when it has gone for some steps.
        let needed = seen.now - rig.now
        rig.car = .a
        rig.run(.milliseconds(30))
        rig.pilotIsSampled = false
        rig.run(needed + .seconds(1)) { #expect($0.stands(.pilotShorted)) }
        rig.pilotIsSampled = true
        try rig.await(needed + .seconds(1)) { !$0.stands(.pilotShorted) }
    }

    /// A lock that lets go while its session is still being prepared is locked again; lost is what a session had.
    @Test func aLockThatLetsGoBeforeTheSessionIsNotLost() throws {
        var rig = try Rig(cable: .socket, options: .with { $0.hasLock = true })
        rig.surroundings.proximity = Ohms(220)
        rig.run(.milliseconds(500))
        rig.meterAnswers = false
        rig.car = .b
        rig.input.authorization = Rig.grant()
        try rig.await(.seconds(3)) { $0.phase == .preparing && $0.input.lock == .locked }
        rig.run(.milliseconds(100))
        rig.surroundings.lockMoves = false
        rig.surroundings.lock = .unlocked
        rig.run(.milliseconds(500)) { #expect($0.phase == .preparing && !$0.stands(.lockLost)) }
        rig.surroundings.lockMoves = true
        rig.meterAnswers = true
        try rig.await(.seconds(3)) { $0.phase == .offering }
    }

    /// A cable that can no longer be read may be another one.
    @Test func aCableThatIsNotReadEndsTheSession() throws {
        var rig = try Rig(cable: .socket)
        rig.surroundings.proximity = Ohms(220)
        try rig.startCharging()
        rig.surroundings.proximity = nil
        rig.input.proximity = nil
        rig.draw = .zero
        try rig.await(.seconds(1)) { $0.stands(.cableChanged) }
        // The same again is no proof that it was there all along.
        rig.surroundings.proximity = Ohms(220)
        rig.run(.seconds(15))
        #expect(rig.endReasons == [.fault] && !rig.output.contactorEnable)
    }

    /// The fan has 5 s to begin; the five samples of the row begin with the step in which they are over.
    @Test func theFanHasFiveSeconds() throws {
        var rig = try Rig(options: .with { $0.hasVentilation = true })
        rig.surroundings.fanWorks = false
        try rig.startOffering()
        rig.car = .d
        try rig.await(.seconds(1)) { $0.output.ventilation }
        let asked = rig.now
        try rig.await(.seconds(6)) { $0.stands(.ventilationMissing) }
        #expect(rig.now - asked == .milliseconds(5_020))
    }

    /// Two samples of a weld that flickered just before the closing do not count for the opening after it.
    @Test func aFlickerBeforeTheClosingIsNoPartOfAWeldAfterIt() throws {
        var rig = try Rig()
        try rig.startOffering()
        rig.car = .c
        rig.run(.milliseconds(460))
        rig.feedback = {
            $0.firstLoad = .closed
            $0.mirror = .closed
        }
        rig.run(.milliseconds(10))
        rig.feedback = { _ in }
        try rig.await(.milliseconds(100)) { $0.output.contactorEnable }
        rig.run(.seconds(1))
        rig.contactorDelay = .milliseconds(60)
        rig.car = .b
        rig.run(.seconds(1))
        #expect(rig.raised(.contactorWelded) == 0 && rig.raised(.contactorNotOpened) == 0)
    }

    /// A car that was offered 10 A and has drawn 16 A for 4 of the 7 s.
    private func drawingTooMuch() throws -> Rig {
        var rig = try Rig()
        rig.limit(.owner, 10_000)
        rig.draw = Milliamps(10_000)
        try rig.startCharging()
        rig.run(.seconds(11))
        rig.draw = Milliamps(16_000)
        rig.run(.seconds(4))
        return rig
    }

    /// Over-current is judged under PWM: in C1 the 7 s begin anew.
    @Test func overcurrentIsNotJudgedWhileTheCarStops() throws {
        var rig = try drawingTooMuch()
        rig.limit(.schedule, 0)
        rig.run(.milliseconds(4_500)) { #expect(!$0.stands(.overcurrent)) }
        #expect(rig.phase == .stopping && rig.output.contactorEnable)
    }

    /// A current that is not read disarms nothing while the contactor is closed; with it open there is none.
    @Test func anUnreadCurrentBehindAnOpenContactorIsNone() throws {
        var rig = try drawingTooMuch()
        rig.currentsAreMeasured = false
        rig.car = .b
        rig.run(.seconds(2))
        #expect(!rig.output.contactorEnable)
        rig.car = .c
        try rig.await(.seconds(2)) { $0.output.contactorEnable }
        rig.run(.milliseconds(100))
        rig.currentsAreMeasured = true
        rig.run(.seconds(4)) { #expect(!$0.stands(.overcurrent)) }
    }

    /// The weld's row is absent when every pole has been proven open for 100 ms: not a step before that is it reset.
    @Test func aWeldIsGoneAfterAHundredMillisecondsOfProof() throws {
        for milliseconds in [Int64(95), 100] {
            var rig = try Rig()
            rig.isWelded = true
            try rig.await(.seconds(2)) { $0.stands(.contactorWelded) }
            rig.isWelded = false
            rig.step()
            rig.run(.milliseconds(milliseconds - 5))
            rig.input.technicianReset = .contactorWelded
            rig.step()
            rig.input.technicianReset = nil
            #expect(rig.stands(.contactorWelded) == (milliseconds < 100), "\(milliseconds) ms")
        }
    }

    /// The mains that returns shortens no delay that runs already: a start is a return of the mains, too.
    @Test func aReturnOfTheMainsShortensNoDelay() throws {
        var delays: Set<Nanoseconds> = []
        for seed in UInt64(1)...6 {
            func offered(dips: Bool) throws -> Nanoseconds {
                var rig = try Rig(
                    options: .with {
                        $0.watchesVoltage = true
                        $0.randomRestartDelay = .seconds(240)
                        $0.randomSeed = seed
                        $0.wakeUp = .never
                    })
                rig.car = .b
                rig.input.authorization = Rig.grant()
                rig.surroundings.voltage = Millivolts(dips ? 280_000 : 230_000)
                let start = rig.now
                rig.run(.seconds(2))
                rig.surroundings.voltage = Millivolts(230_000)
                try rig.await(.seconds(620)) { $0.isPowered }
                return rig.now - start
            }
            let alone = try offered(dips: false)
            delays.insert(alone)
            #expect(try offered(dips: true) >= alone, "seed \(seed)")
        }
        #expect(delays.count == 6)
    }
}
