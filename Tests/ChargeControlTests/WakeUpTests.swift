import ChargeControl
import Quantities
import Testing

/// A sleeping car is woken: when, how, and when not (Annex A, A.5.3; docs/control-core.md, "Wake-up").
@Suite struct WakeUpTests {
    private func rig(_ plan: WakeUpPlan, relay: Bool = true) throws -> Rig {
        var rig = try Rig(
            options: .with {
                $0.wakeUp = plan
                $0.hasPilotRelay = relay
            })
        try rig.startOffering()
        return rig
    }

    /// What was put on the pilot, each with its time in milliseconds since the offer.
    private func pilots(_ rig: inout Rig, _ duration: Nanoseconds) -> [String] {
        let start = rig.now
        var events: [String] = []
        var last = "PWM"
        rig.run(duration) { rig in
            let name: String =
                switch rig.output.pilot {
                case .x1: "x1"
                case .pwm: "PWM"
                case .stateE: "E"
                case .stateF: "F"
                }
            if name != last { events.append("\((rig.now - start).wholeMilliseconds) \(name)") }
            last = name
        }
        return events
    }

    @Test func eAtThirtySecondsOnceThenFAtNinetyWhereTheInstallerWantsIt() throws {
        var once = try rig(.open)
        #expect(pilots(&once, .seconds(300)) == ["30000 E", "33950 x1", "34700 PWM"])
        var both = try rig(.openThenF)
        #expect(
            pilots(&both, .seconds(300)) == ["30000 E", "33950 x1", "34700 PWM", "90000 F", "93950 x1", "94700 PWM"])
        #expect(both.endReasons.isEmpty && both.output.display.session == 1)
        var never = try rig(.never)
        #expect(pilots(&never, .seconds(300)).isEmpty)
    }

    @Test func withoutARelayTheStepWithEIsSkipped() throws {
        var once = try rig(.open, relay: false)
        #expect(pilots(&once, .seconds(200)).isEmpty)
        var both = try rig(.openThenF, relay: false)
        #expect(pilots(&both, .seconds(200)) == ["90000 F", "93950 x1", "94700 PWM"])
    }

    @Test func aCarThatAskedInTheLastFiveSecondsIsAwake() throws {
        for asked in [Int64(24_000), 26_000, 29_000, 29_700] {
            var rig = try rig(.open)
            rig.run(.milliseconds(asked))
            rig.car = .c
            rig.run(.milliseconds(200))
            rig.car = .b
            let last = rig.now
            let woken = try #require(rig.run(within: .seconds(20)) { $0.output.pilot == .stateE })
            let at = asked + 200 + woken.wholeMilliseconds
            #expect(at == max(30_000, asked + 5_200), "asked at \(asked) ms")
            #expect(
                rig.now - last >= .seconds(asked == 24_000 ? 0 : 5) - .milliseconds(4_999 * (asked == 24_000 ? 1 : 0)))
        }
    }

    @Test func aCarThatStoppedByItselfIsLeftAloneAndArmedAgainOnlyByNewCurrent() throws {
        var rig = try rig(.openThenF)
        rig.live(.seconds(5))
        #expect(rig.output.contactorEnable)
        rig.car = .b
        #expect(pilots(&rig, .seconds(200)).isEmpty)
        // Current is taken away and comes back: now a car that does not come is asleep.
        rig.limit(.schedule, 0)
        rig.run(.seconds(10))
        rig.limit(.schedule, nil)
        try rig.await(.seconds(6)) { $0.isPowered }
        #expect(pilots(&rig, .seconds(60)) == ["30000 E", "33950 x1", "34700 PWM"])
    }

    @Test func aWokenCarChargesAndTheNextSleepIsItsOwn() throws {
        var rig = try rig(.open)
        rig.run(.seconds(35))
        rig.live(.seconds(5))
        #expect(rig.output.contactorEnable)
        #expect(rig.endReasons.isEmpty && rig.begins == 1)
        // A car woken inside the window asks in C when the pilot comes back, and closes as any other.
        var early = try self.rig(.open)
        try early.await(.seconds(31)) { $0.phase == .waking }
        early.run(.seconds(2))
        early.car = .c
        let closed = try #require(early.run(within: .seconds(5)) { $0.output.contactorEnable })
        #expect(closed <= .milliseconds(1_950 + 750 + 510), "\(closed)")
    }

    /// Taken away in the middle, the pilot is given back at once and the session goes on later.
    @Test func aLimitThatFallsToNothingGivesThePilotBackAtOnce() throws {
        var rig = try rig(.open)
        try rig.await(.seconds(31)) { $0.phase == .waking }
        rig.run(.seconds(1))
        rig.limit(.grid, 0)
        rig.step()
        #expect(rig.output.pilot == .x1)
        rig.run(.seconds(2))
        #expect(rig.phase == .held && rig.endReasons.isEmpty)
        rig.limit(.grid, nil)
        rig.live(.seconds(2))
        #expect(rig.output.contactorEnable)
    }

    @Test(arguments: ["owner", "emergency stop", "withdrawn", "soft shutdown", "hard shutdown"])
    func aStopWhileWakingIsObeyedAtOnce(cause: String) throws {
        for wait in stride(from: Int64(0), through: 4_600, by: 200) {
            var rig = try rig(.open)
            try rig.await(.seconds(31)) { $0.phase == .waking }
            rig.run(.milliseconds(wait))
            switch cause {
            case "owner": rig.input.ownerStop = true
            case "emergency stop": rig.input.emergencyStop = true
            case "withdrawn": rig.input.authorization = nil
            case "soft shutdown": rig.input.softShutdown = true
            default: rig.input.hardShutdown = true
            }
            rig.run(.seconds(1))
            #expect(rig.endReasons.count == 1 && !rig.isPowered, "\(cause) at \(wait) ms")
        }
    }

    /// A switch of phases is no time on offer, and after it a sleeping car is woken as after any other offer.
    @Test func afterAPhaseSwitchTheThirtySecondsBeginAnew() throws {
        for hasCharged in [true, false] {
            var rig = try Rig(
                options: .with {
                    $0.switchesPhases = true
                    $0.hasPilotRelay = true
                    $0.phaseSwitchPause = .seconds(15)
                })
            try rig.startOffering()
            if hasCharged { rig.live(.seconds(10)) } else { rig.run(.seconds(20)) }
            rig.input.wantedPhases = .single
            if hasCharged {
                rig.live(.milliseconds(200))
                rig.car = .b
            }
            try rig.await(.seconds(20)) { $0.phase == .switching }
            try rig.await(.seconds(20)) { $0.isPowered }
            #expect(pilots(&rig, .seconds(60)) == ["30000 E", "33950 x1", "34700 PWM"], "charged: \(hasCharged)")
        }
    }
}
