import ChargeControl
import Quantities
import Testing

/// One phase and three: the order of things, and when it is refused (docs/control-core.md, "Phase switching").
@Suite struct PhaseSwitchTests {
    private func rig(pause: Nanoseconds = .seconds(15), relay: Bool = true) throws -> Rig {
        try Rig(
            options: .with {
                $0.switchesPhases = true
                $0.phaseSwitchPause = pause
                $0.hasPilotRelay = relay
                $0.wakeUp = .never
            })
    }

    private func charging(pause: Nanoseconds = .seconds(15), relay: Bool = true) throws -> Rig {
        var rig = try rig(pause: pause, relay: relay)
        try rig.startOffering()
        rig.live(.seconds(5))
        try #require(rig.contactsClosed)
        return rig
    }

    /// When each thing happened, in milliseconds since the wish.
    @Test func theWholeOrderOfASwitch() throws {
        var rig = try charging(pause: .seconds(60))
        rig.contactorDelay = .milliseconds(30)
        rig.forgetTrace()
        let start = rig.now
        var events: [String] = []
        var last = (pilot: "", phases: rig.output.phases, closed: true, phase: SessionPhase.charging)
        rig.input.wantedPhases = .single
        rig.live(.seconds(63)) { rig in
            let name: String =
                switch rig.output.pilot {
                case .x1: "x1"
                case .pwm: "PWM"
                case .stateE: "E"
                case .stateF: "F"
                }
            if name != last.pilot { events.append("\((rig.now - start).wholeMilliseconds) \(name)") }
            if rig.output.contactorEnable != last.closed {
                events.append("\((rig.now - start).wholeMilliseconds) \(rig.output.contactorEnable ? "close" : "open")")
            }
            if rig.output.phases != last.phases {
                events.append("\((rig.now - start).wholeMilliseconds) \(rig.output.phases)")
            }
            last = (name, rig.output.phases, rig.output.contactorEnable, rig.phase)
        }
        // x1; five steps without current; 30 ms of contactor and 100 ms of proof; 60 s, of which 3.95 s cut; 750 ms of
        // x1; PWM; 500 ms of C.
        #expect(
            events == [
                "5 x1", "30 open", "160 single", "56210 E", "60160 x1", "60910 PWM", "61415 close",
            ])
        #expect(rig.trace.filter { $0.hasPrefix("pause") || $0 == "resume" } == ["pause phases", "resume"])
        #expect(rig.endReasons.isEmpty && rig.begins == 1)
        #expect(rig.output.display.wear.openingsUnderLoad == 0)
    }

    /// The relay waits for the proof, pole by pole, and gives up when it does not come.
    @Test func nothingMovesBeforeEveryPoleIsProvenOpen() throws {
        var rig = try charging()
        // The contactor opens, and L3 stays unseen and alive for a while: not long enough for a weld.
        rig.input.wantedPhases = .single
        rig.feedback = { if $0.mirror == .open { $0.thirdLoad = .closed } }
        rig.live(.milliseconds(250)) { #expect($0.output.phases == .three) }
        rig.feedback = { _ in }
        rig.live(.milliseconds(95)) { #expect($0.output.phases == .three) }
        rig.live(.milliseconds(20))
        #expect(rig.output.phases == .single)

        var blind = try charging()
        blind.input.wantedPhases = .single
        blind.feedback = {
            if $0.mirror == .open {
                $0.secondMirror = .unknown
                $0.thirdLoad = .unknown
            }
        }
        blind.live(.seconds(30)) { #expect($0.output.phases == .three) }
        #expect(blind.stands(.contactorUnobserved))
    }

    @Test func withoutAPilotRelayThePauseIsSpentAtX1() throws {
        var rig = try charging(relay: false)
        rig.input.wantedPhases = .single
        var sawCut = false
        rig.live(.seconds(20)) { if $0.output.pilot == .stateE { sawCut = true } }
        #expect(!sawCut)
        #expect(rig.output.phases == .single && rig.output.contactorEnable)
    }

    /// The pilot is cut in one stretch, for less than 4 s, at the end of the pause.
    @Test(arguments: [Int64(15), 60, 600])
    func thePilotIsCutForTheLastFourSecondsOnly(pause: Int64) throws {
        var rig = try charging(pause: .seconds(pause))
        rig.input.wantedPhases = .single
        rig.live(.milliseconds(500))
        #expect(rig.phase == .switching)
        var cut: [MonotonicInstant] = []
        rig.live(.seconds(pause + 2)) { if $0.output.pilot == .stateE { cut.append($0.now) } }
        let first = try #require(cut.first)
        let last = try #require(cut.last)
        #expect(last - first == .milliseconds(Int64(cut.count - 1) * 5), "one stretch")
        #expect(last - first + .milliseconds(5) == .milliseconds(3_950))
    }

    @Test func inB1BeforeTheFirstClosingTheRelayMovesAtOnce() throws {
        var rig = try rig()
        rig.input.wantedPhases = .single
        try rig.startOffering()
        #expect(rig.output.phases == .single)
        #expect(!rig.trace.contains { $0.hasPrefix("pause") })
        rig.live(.seconds(2))
        #expect(rig.output.contactorEnable && rig.closedPhases == .single)
        #expect(rig.output.display.phases == .single)
    }

    @Test func tenMinutesLieBetweenTwoSwitchesAndSixAreTheMostInASession() throws {
        var rig = try charging()
        var switches: [MonotonicInstant] = []
        var last = rig.output.phases
        for _ in 0..<8 {
            rig.input.wantedPhases = last == .single ? .three : .single
            rig.live(.seconds(630), every: .milliseconds(20)) {
                if $0.output.phases != last { switches.append($0.now) }
                last = $0.output.phases
            }
        }
        #expect(switches.count == 6, "\(rig.phase) \(rig.output.display.faults.codes) \(rig.trace.suffix(12))")
        for (earlier, later) in zip(switches, switches.dropFirst()) { #expect(later - earlier >= .seconds(600)) }
        #expect(rig.output.contactorEnable, "charging goes on with the phases that are there")
        #expect(rig.count { if case .pause(_, .phases) = $0 { true } else { false } } == 6)
        // The next session may switch again.
        rig.draw = .zero
        rig.run(.milliseconds(100))
        rig.car = .a
        rig.run(.seconds(2))
        try rig.startOffering(Rig.grant(slot: 8))
        rig.live(.seconds(5))
        #expect(rig.output.phases != last)
    }

    /// An opening under load may have welded what no feedback shows yet.
    @Test func afterAnOpeningUnderLoadItIsRefused() throws {
        var rig = try charging()
        rig.input.wantedPhases = .single
        // The car ignores x1: forced open at 6 s with 16 A.
        rig.car = .c
        rig.draw = Milliamps(16_000)
        rig.run(.seconds(7))
        #expect(!rig.output.contactorEnable && rig.output.phases == .three)
        #expect(rig.output.display.wear.openingsUnderLoad == 1)
        rig.live(.seconds(60)) { #expect($0.output.phases == .three) }
        #expect(rig.output.contactorEnable, "it goes on with three phases")
        // Unmeasured is not unloaded.
        var blind = try charging()
        blind.currentsAreMeasured = false
        blind.run(.milliseconds(100))
        blind.input.wantedPhases = .single
        blind.car = .c
        blind.run(.seconds(60)) { #expect($0.output.phases == .three) }
        #expect(blind.output.display.wear.openingsUnderLoad == 1)
    }

    @Test func aWishTakenBackWhileStoppingMovesNothing() throws {
        var rig = try charging()
        rig.input.wantedPhases = .single
        rig.live(.milliseconds(50))
        rig.input.wantedPhases = .three
        rig.live(.seconds(20)) { #expect($0.output.phases == .three) }
        #expect(rig.output.contactorEnable)
    }

    @Test func aBoardThatCannotSwitchNeverDoes() throws {
        for phases in [UInt8(1), 3] {
            var rig = try Rig(phases: phases)
            rig.input.wantedPhases = phases == 1 ? .three : .single
            try rig.startOffering()
            rig.live(.seconds(30)) { #expect($0.output.phases == (phases == 1 ? .single : .three)) }
            #expect(rig.output.contactorEnable)
        }
    }

    /// A stop, a fault, a shutdown in every part of a switch ends or holds it, with nothing closed.
    @Test(arguments: ["owner", "withdrawn", "emergency stop", "soft shutdown", "hard shutdown", "no current"])
    func aStopInTheMiddleIsObeyed(cause: String) throws {
        for wait in stride(from: Int64(250), through: 16_000, by: 1_750) {
            var rig = try charging()
            rig.input.wantedPhases = .single
            rig.live(.milliseconds(wait))
            guard rig.phase == .switching else { continue }
            switch cause {
            case "owner": rig.input.ownerStop = true
            case "withdrawn": rig.input.authorization = nil
            case "emergency stop": rig.input.emergencyStop = true
            case "soft shutdown": rig.input.softShutdown = true
            case "hard shutdown": rig.input.hardShutdown = true
            default: rig.limit(.grid, 0)
            }
            rig.live(.milliseconds(600))
            if cause == "no current" {
                rig.live(.seconds(20)) { #expect(!$0.isPowered && !$0.output.contactorEnable) }
                #expect(rig.phase == .held && rig.endReasons.isEmpty)
            } else {
                rig.live(.seconds(1)) { #expect(!$0.isPowered && !$0.output.contactorEnable) }
                #expect(rig.endReasons.count == 1, "\(cause) after \(wait) ms: \(rig.phase)")
            }
        }
    }
}
