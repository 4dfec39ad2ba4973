import ChargeControl
import Quantities
import Testing

/// A car that is not seen for longer than it takes to change it is not the same car any more, whatever hid it: a stall, no
/// samples, the charger's own hold on the pilot, or one after the other (docs/decisions/0006).
@Suite struct BlindnessTests {
    private func waking() throws -> Rig {
        var rig = try Rig(options: .with { $0.hasPilotRelay = true })
        try rig.startOffering()
        try rig.await(.seconds(40)) { $0.phase == .waking }
        return rig
    }

    private static let gaps: [Nanoseconds] = [.seconds(5), .seconds(120)]

    /// The program stood still; meanwhile the plug was pulled, and another car was plugged in.
    @Test(arguments: gaps)
    func aStallInWhichThePlugWasEmptyEndsTheSession(gap: Nanoseconds) throws {
        for found in [PilotLevel.a, .b, .c] {
            var rig = try Rig()
            try rig.startCharging()
            rig.car = found
            rig.step(after: gap)
            #expect(!rig.output.contactorEnable)
            rig.run(.seconds(3)) { #expect(!$0.output.contactorEnable) }
            #expect(rig.endReasons == [.fault], "found in \(found)")
            let named = rig.count { if case .end(_, _, .pilotStale, _, _) = $0 { true } else { false } }
            #expect(named == 1)
            // Without an unplug that was seen the grant has had its session.
            if found == .a { continue }
            rig.car = .b
            rig.run(.seconds(3))
            rig.car = .c
            rig.run(.seconds(3)) { #expect(!$0.output.contactorEnable) }
            #expect(rig.begins == 1)
        }
    }

    /// However far the car had got with letting go: four samples of B before the stall, the fifth after it.
    @Test(arguments: [0, 1, 2, 3, 4, 5, 20])
    func noMomentToLetGoHidesAStall(samples: Int) throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.car = .b
        for _ in 0..<samples { rig.step() }
        rig.step(after: .seconds(60))
        rig.run(.seconds(3))
        #expect(rig.endReasons == [.fault], "\(rig.trace)")
    }

    @Test(arguments: [SessionPhase.offering, .held, .stopping])
    func aStallEndsTheSessionInEveryPhase(phase: SessionPhase) throws {
        var rig = try Rig()
        try rig.startOffering()
        if phase == .held { rig.limit(.grid, 0) }
        if phase == .stopping {
            rig.car = .c
            rig.run(.seconds(2))
            rig.limit(.grid, 0)
        }
        rig.run(.milliseconds(100))
        #expect(rig.phase == phase)
        rig.step(after: .seconds(5))
        rig.run(.seconds(3))
        #expect(rig.endReasons == [.fault], "\(rig.trace)")
    }

    /// In that time no plug is changed.
    @Test(arguments: ["stall", "no samples"])
    func fourSecondsAndATenthEndNothing(cause: String) throws {
        var rig = try Rig()
        try rig.startCharging()
        if cause == "stall" {
            rig.step(after: .milliseconds(4_100))
        } else {
            rig.pilotIsSampled = false
            rig.run(.milliseconds(4_100))
            rig.pilotIsSampled = true
        }
        rig.car = .b
        rig.run(.seconds(3))
        #expect(rig.endReasons.isEmpty)
        rig.car = .c
        rig.run(.seconds(1))
        #expect(rig.output.contactorEnable && rig.output.display.session == 1)
    }

    /// Neither late periods nor the cut's own edges read as a car's short.
    @Test func latePeriodsInACutRaiseNothing() throws {
        let waking = try waking()
        for lateness in [Int64(15), 25, 39] {
            var rig = waking
            for _ in 0..<18 {
                rig.run(.milliseconds(200))
                rig.step(after: .milliseconds(5 + lateness))
            }
            rig.run(.seconds(3))
            #expect(rig.endReasons.isEmpty, "\(lateness) ms: \(rig.trace)")
            #expect(rig.raised(.pilotShorted) == 0 && rig.raised(.pilotNegative) == 0)
            #expect(rig.phase == .offering)
        }
    }

    @Test(arguments: [90, 150])
    func aStallAtTheEndOfACutEndsNothing(stall: Int) throws {
        // At every moment around the cut's end.
        let waking = try waking()
        for lead in stride(from: 0, through: stall + 10, by: 10) {
            var rig = waking
            rig.run(.milliseconds(Int64(3_945 - lead)))
            rig.step(after: .milliseconds(Int64(stall)))
            try rig.await(.milliseconds(200)) { $0.output.pilot == .x1 }
            // The car gets its x1 from when it is really there.
            rig.run(.milliseconds(740)) { #expect(!$0.isPowered) }
            rig.run(.seconds(3))
            #expect(rig.endReasons.isEmpty, "\(lead) ms before the end: \(rig.trace)")
            #expect(rig.raised(.pilotShorted) == 0)
        }
    }

    /// A fault's state F beside the cut of a phase switch: never out of sight for longer than a plug takes to be changed,
    /// or the session is over.
    @Test func aFaultsStateFAndACutTogetherNeverHideTheCarTooLong() throws {
        var switching = try Rig(
            options: .with {
                $0.hasPilotRelay = true
                $0.watchesEarth = true
                $0.switchesPhases = true
                $0.stateFPulse = .seconds(1)
                $0.phaseSwitchPause = .seconds(15)
            })
        try switching.startCharging()
        switching.input.wantedPhases = .single
        switching.draw = .zero
        try switching.await(.seconds(20)) { $0.phase == .switching && $0.output.phases == .single }
        switching.car = .b
        switching.run(.seconds(9))
        // Earth takes 500 ms to be missed; the cut begins at 11.05 s and ends at 15 s.
        for lead in stride(from: Int64(0), through: 6_500, by: 250) {
            var rig = switching
            var seenAt = rig.now
            var longest = Nanoseconds.zero
            rig.run(.milliseconds(lead)) { if $0.output.display.level != nil { seenAt = $0.now } }
            rig.surroundings.earth = false
            rig.run(.seconds(9)) { rig in
                if rig.output.display.level != nil || !rig.phase.isSessionOpen() { seenAt = rig.now }
                longest = max(longest, rig.now - seenAt)
            }
            #expect(rig.raised(.earthMissing) == 1)
            // To settle again takes 25 ms.
            #expect(longest <= .milliseconds(4_275), "\(lead) ms: \(longest.wholeMilliseconds) ms")
            // Before the cut it is the cut that gives way.
            if lead <= 1_500 { #expect(rig.endReasons.isEmpty, "\(lead) ms: \(rig.trace)") }
        }
    }
}
