import ChargeControl
import Quantities
import Testing

/// Sessions: edges that were missed, locks that deadlocked, energy that never flowed, waits without an end.
extension AnchorTests {
    /// EVerest #1738: the shutdown was seen as an edge, once, and its memory was wrong: the session ran on.
    @Test(arguments: [FaultCode.emergencyStop, .earthMissing, .enclosureOpen, .residualAlternating, .brownOut])
    func aFaultThatStoodBeforeIsNeverForgotten(code: FaultCode) throws {
        func set(_ rig: inout Rig, _ on: Bool) {
            switch code {
            case .emergencyStop: rig.input.emergencyStop = on
            case .earthMissing: rig.surroundings.earth = !on
            case .enclosureOpen: rig.input.enclosureOpen = on
            case .residualAlternating: rig.input.residualAlternating = on
            default: rig.input.supplyLow = on
            }
        }
        // Before any car …
        var rig = try Rig(options: .with { $0.watchesEarth = true })
        set(&rig, true)
        rig.run(.seconds(2))
        rig.car = .b
        rig.input.authorization = Rig.grant()
        rig.run(.seconds(60)) { #expect(!$0.isPowered) }
        #expect(rig.begins == 0)
        // … raised as one session ends, it holds for the next …
        var next = try Rig(options: .with { $0.watchesEarth = true })
        try next.startCharging()
        next.car = .a
        next.run(.milliseconds(30))
        set(&next, true)
        next.run(.seconds(5))
        next.car = .b
        next.input.authorization = Rig.grant(slot: 8)
        next.run(.seconds(40)) { #expect(!$0.isPowered) }
        #expect(next.begins == 1)
        // … and raised in the step in which the contactor would close.
        let persistence = code == .earthMissing || code == .enclosureOpen ? 500 : 5
        for lead in 0..<4 {
            var late = try Rig(options: .with { $0.watchesEarth = true })
            try late.startOffering()
            late.car = .c
            late.run(.milliseconds(Int64(max(0, 500 - persistence - lead * 5))))
            set(&late, true)
            late.run(.seconds(30)) { #expect(!$0.output.contactorEnable) }
        }
    }

    /// EVerest #510: the plug was unlocked before the contactor had opened.
    @Test(arguments: ["unplugged", "owner", "emergency stop", "hard shutdown", "brown-out", "lets go"])
    func noPlugIsUnlockedBeforeTheContactorIsOpen(cause: String) throws {
        var rig = try Rig(cable: .socket, options: .with { $0.hasLock = true })
        rig.surroundings.proximity = Ohms(220)
        // A slow contactor, and a lock that is faster.
        rig.contactorDelay = .milliseconds(250)
        rig.surroundings.lockTime = .zero
        try rig.startCharging()
        rig.run(.milliseconds(300))
        #expect(rig.contactsClosed && rig.surroundings.lock == .locked)
        switch cause {
        case "unplugged": rig.car = .a
        case "owner": rig.input.ownerStop = true
        case "emergency stop": rig.input.emergencyStop = true
        case "hard shutdown": rig.input.hardShutdown = true
        case "brown-out": rig.input.supplyLow = true
        default: rig.car = .b
        }
        rig.run(.seconds(10)) { rig in
            if rig.contactsClosed { #expect(rig.output.lock && rig.surroundings.lock == .locked) }
        }
        #expect(!rig.contactsClosed)
        #expect(rig.output.lock == (cause == "lets go"))
    }

    /// EVerest #668: the car left C for B, E or F, and high-level charging did not hear of it. Here one place decides.
    @Test(arguments: [PilotLevel.a, .b, .d, .e, .f, .invalid])
    func noLevelThatLetsGoLeavesEnergyAllowed(to level: PilotLevel) throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.car = level
        rig.run(.milliseconds(40))
        rig.run(.seconds(30)) { #expect(!$0.output.contactorEnable && $0.phase != .charging) }
        #expect(rig.isPowered == (level == .b))
    }

    /// EVerest #829: a query with side effects switched the power off ten times a second. EVerest #1467 and #1115: locks,
    /// and after three hours a deadlock. Here a step is a function: of a copied state it says the same again, and nothing
    /// that it leaves behind is shared.
    @Test(arguments: [UInt64(1), 2, 3])
    func askingTwiceNeverChangesTheAnswer(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var rig = try Rig(options: .with { $0.hasPilotRelay = true })
        var inputs: [(input: ControlInput, at: MonotonicInstant)] = []
        var outputs: [ControlOutput] = []
        let start = rig.controller
        rig.car = .b
        rig.input.authorization = Rig.grant()
        rig.energyPerStep = MilliwattHours(2_000)
        var closed = 0
        for step in 0..<8_000 {
            // First a car that charges, so that there is something to switch off; then any.
            if step == 600 { rig.car = .c }
            if step > 1_500, random.chance(oneIn: 400) {
                rig.car = [.a, .b, .c, .c, .c, .d, .e, .invalid][random.below(8)]
            }
            if step > 1_500, random.chance(oneIn: 900) { rig.input.ownerStop.toggle() }
            if step > 1_500, random.chance(oneIn: 2_000) {
                rig.input.authorization = Rig.grant(slot: UInt32(random.below(100)))
            }
            var twin = rig
            rig.step()
            twin.step()
            #expect(Self.same(rig.output, twin.output), "seed \(seed) at \(rig.now.nanoseconds) ns")
            inputs.append((rig.input, rig.now))
            outputs.append(rig.output)
            if rig.output.contactorEnable { closed += 1 }
        }
        #expect(rig.begins > 0 && closed > 500)
        // The same inputs through the controller as it was at the start: the same outputs.
        var replayed = start
        for (index, input) in inputs.enumerated() {
            let output = replayed.step(input.input, at: input.at)
            guard Self.same(output, outputs[index]) else {
                Issue.record("seed \(seed): step \(index) of the replay differs")
                return
            }
        }
    }

    private static func same(_ left: ControlOutput, _ right: ControlOutput) -> Bool {
        guard left.records.count == right.records.count else { return false }
        for position in 0..<left.records.count where left.records[position] != right.records[position] { return false }
        return left.pilot == right.pilot && left.contactorEnable == right.contactorEnable
            && left.gatePulseAllowed == right.gatePulseAllowed && left.phases == right.phases
            && left.lock == right.lock && left.residualTest == right.residualTest
            && left.ventilation == right.ventilation && left.faultRaised == right.faultRaised
            && left.shutdownComplete == right.shutdownComplete && left.display == right.display
    }

    /// EVerest #1501: an x1 that nobody had decided met a closed contactor.
    @Test func noClosedContactorMeetsAnX1ThatIsNoStop() throws {
        var random = SeededRandom(seed: 1_501)
        var rig = try Rig()
        try rig.startOffering()
        var x1 = 0
        for _ in 0..<40 {
            rig.limit(.grid, Int32(random.below(20_000)))
            rig.live(.milliseconds(Int64(random.below(4_000)))) {
                if $0.output.contactorEnable, !$0.isPowered {
                    x1 += 1
                    #expect($0.phase == .stopping && $0.output.pilot == .x1)
                }
            }
        }
        #expect(x1 > 0)
    }

    /// EVerest PR #1894 and #2368: an over-voltage that was over kept the charger down for good.
    @Test func anOvervoltageThatIsOverNeverKeepsTheChargerDown() throws {
        var rig = try Rig(options: .with { $0.watchesVoltage = true })
        try rig.startCharging()
        rig.surroundings.voltage = Millivolts(265_000)
        try rig.await(.seconds(2)) { $0.stands(.overvoltage) }
        rig.car = .b
        // Below the trip and not yet in the window to come back: it holds.
        rig.surroundings.voltage = Millivolts(255_000)
        rig.run(.seconds(120))
        #expect(rig.stands(.overvoltage))
        rig.surroundings.voltage = Millivolts(230_000)
        rig.run(.milliseconds(59_990))
        #expect(rig.stands(.overvoltage))
        rig.run(.milliseconds(20))
        #expect(!rig.stands(.overvoltage))
        rig.live(.seconds(2))
        #expect(rig.output.contactorEnable)
    }

    /// warp-charger #65: a total jumped to 2.5e-29 kWh and back. warp-more-hardware #50: -186.9 kWh after a restart.
    @Test func anImplausibleRegisterNeverBecomesEnergyAndEnergyIsNeverNegative() throws {
        var rig = try Rig()
        rig.meterPoll = .milliseconds(100)
        try rig.startCharging()
        rig.energyPerStep = MilliwattHours(1_000)
        rig.run(.seconds(2))
        rig.energyPerStep = .zero
        rig.run(.milliseconds(200))
        let register = rig.register
        let energy = rig.output.display.energy
        for lie in [Int64(0), 1, -1, -186_900_000, .min, register.rawValue - 1] {
            rig.register = MilliwattHours(lie)
            rig.run(.milliseconds(300)) { #expect($0.output.display.energy == energy, "\(lie) mWh") }
            rig.register = register
            rig.run(.milliseconds(300)) { #expect($0.output.display.energy == energy, "back from \(lie) mWh") }
        }
        rig.register = .zero
        rig.car = .a
        try rig.await(.seconds(11)) { !$0.endReasons.isEmpty }
        for intent in rig.intents {
            if case .end(let mark, _, _, _, let isFinal) = intent {
                #expect(mark.energy == energy && !isFinal)
            }
        }
    }

    /// evcc #29466: an error state was shown as charging, with a power that was long stale.
    @Test func whatIsStaleNeverLooksFresh() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.pilotIsSampled = false
        rig.run(.milliseconds(40))
        rig.run(.seconds(60)) {
            #expect($0.phase != .charging && !$0.isPowered && $0.output.display.fault == .pilotStale)
        }
        var silent = try Rig()
        try silent.startCharging()
        silent.meterAnswers = false
        let seen = try #require(silent.input.energy).at
        silent.run(.seconds(20)) {
            let age = $0.now - seen
            #expect($0.stands(.meterSilent) == (age >= .seconds(3)))
            if age >= .seconds(10) { #expect($0.stands(.meterLost) && $0.phase != .charging) }
        }
    }

    /// evcc #2748: a deadlock that waited for a value. Every phase that waits for something other than the car or people
    /// leaves by itself, with everything silent from the moment it is reached.
    @Test(arguments: [
        (SessionPhase.preparing, Nanoseconds.seconds(12)), (.waking, .milliseconds(4_760)),
        (.switching, .milliseconds(15_760)), (.stopping, .seconds(6)), (.ending, .milliseconds(10_010)),
    ])
    func noPhaseWaitsForEver(phase: SessionPhase, limit: Nanoseconds) throws {
        var rig = try Rig(
            options: .with {
                $0.hasPilotRelay = true
                $0.switchesPhases = true
                $0.phaseSwitchPause = .seconds(15)
            })
        rig.run(.milliseconds(100))
        if phase == .preparing { rig.meterAnswers = false }
        if phase != .preparing { try rig.startOffering() } else { rig.car = .b }
        rig.input.authorization = Rig.grant()
        if [.switching, .stopping, .ending].contains(phase) { rig.live(.seconds(2)) }
        switch phase {
        case .switching: rig.input.wantedPhases = .single
        case .stopping: rig.input.ownerStop = true
        case .ending: rig.input.emergencyStop = true
        default: break
        }
        if phase == .switching { rig.live(.seconds(2)) }
        try rig.await(.seconds(40)) { $0.phase == phase }
        rig.meterAnswers = false
        rig.acknowledgesBegin = false
        let left = try #require(rig.run(within: .seconds(100)) { $0.phase != phase })
        #expect(left <= limit, "\(left)")
    }
}
