import ChargeControl
import Quantities
import Testing

/// While the charger itself holds the pilot nothing of the car can be seen. A car unplugged or changed for another in any
/// 100 ms of it is noticed all the same (docs/decisions/0006-disconnected-by-us.md).
@Suite struct DisconnectionTests {
    enum Maneuver: CaseIterable { case wakeByE, wakeByF, switchPhases }

    /// From the first step of the maneuver to the offer after it.
    private static func length(_ maneuver: Maneuver) -> Int64 { maneuver == .switchPhases ? 15_900 : 4_700 }

    private static func start(_ maneuver: Maneuver) throws -> Rig {
        var rig = try Rig(
            cable: .socket,
            options: .with {
                $0.hasPilotRelay = maneuver != .wakeByF
                $0.wakeUp = maneuver == .switchPhases ? .never : .openThenF
                $0.switchesPhases = true
                $0.phaseSwitchPause = .seconds(15)
                $0.hasLock = true
            })
        rig.surroundings.proximity = Ohms(220)
        try rig.startOffering()
        if maneuver == .switchPhases {
            rig.live(.seconds(3))
            rig.input.wantedPhases = .single
            rig.live(.milliseconds(120))
            while rig.phase != .switching { rig.live(.milliseconds(5)) }
            rig.car = .b
            rig.draw = .zero
        } else {
            try rig.await(.seconds(100)) { $0.phase == .waking }
        }
        return rig
    }

    /// Whether the pilot is the car's at all.
    private static func isCut(_ rig: Rig) -> Bool {
        switch rig.output.pilot {
        case .stateE, .stateF: true
        case .x1, .pwm: false
        }
    }

    @Test(arguments: Maneuver.allCases)
    func anUnplugInAnySlotEndsTheSession(maneuver: Maneuver) throws {
        let begun = try Self.start(maneuver)
        for slot in stride(from: Int64(0), through: Self.length(maneuver), by: 100) {
            var rig = begun
            rig.run(.milliseconds(slot))
            rig.car = .a
            rig.run(.seconds(6)) { #expect(!$0.output.contactorEnable) }
            #expect(rig.endReasons == [.unplugged] || rig.endReasons == [.car], "\(maneuver) at \(slot) ms")
            #expect(rig.phase == .idle && !rig.output.lock)
        }
    }

    /// A plug that comes out and a car that is there again: at once where the pilot is in view (300 ms), not sooner than 4 s
    /// later where it is cut. The other car, authorised by nobody, gets nothing, whatever it does.
    @Test(arguments: Maneuver.allCases)
    func anotherCarInAnySlotIsNoticed(maneuver: Maneuver) throws {
        let begun = try Self.start(maneuver)
        for slot in stride(from: Int64(0), through: Self.length(maneuver), by: 100) {
            var rig = begun
            rig.run(.milliseconds(slot))
            let away = Self.isCut(rig) ? Nanoseconds.seconds(4) : .milliseconds(300)
            // Every second of them asks at once, the others a while later.
            let cars: [(PilotLevel, Nanoseconds)] = [
                (.a, away), (slot % 200 == 0 ? .b : .c, .milliseconds(1_500)), (.c, .milliseconds(1_500)),
            ]
            for (level, duration) in cars {
                rig.car = level
                let end = rig.now + duration
                while rig.now < end {
                    rig.step()
                    // The grant was for the session that is over.
                    if !rig.endReasons.isEmpty { rig.input.authorization = nil }
                    guard !rig.output.contactorEnable else {
                        Issue.record("\(maneuver) at \(slot) ms: closed for another car")
                        return
                    }
                }
            }
            #expect(rig.endReasons.count == 1 && rig.begins == 1, "\(maneuver) at \(slot) ms")
        }
    }

    /// Not an unplug, no unlocking, no new session, no fault while it is cut; and the same car goes on.
    @Test(arguments: Maneuver.allCases)
    func whileTheChargerHoldsThePilotNothingElseHappens(maneuver: Maneuver) throws {
        var rig = try Self.start(maneuver)
        rig.run(.milliseconds(Self.length(maneuver) + 300)) { rig in
            #expect(rig.output.lock && rig.surroundings.lock == .locked)
            #expect(rig.output.display.fault == nil && rig.endReasons.isEmpty && rig.begins == 1)
            #expect(!rig.output.contactorEnable)
            if Self.isCut(rig) { #expect(rig.output.display.level == nil) }
        }
        #expect(rig.phase == .offering)
        rig.live(.seconds(2))
        #expect(rig.output.contactorEnable && rig.begins == 1)
    }

    /// Anything but B or C when the pilot is given back ends the session.
    @Test(arguments: Maneuver.allCases)
    func onlyBOrCComesBack(maneuver: Maneuver) throws {
        for level in PilotLevel.allCases {
            var rig = try Self.start(maneuver)
            while !Self.isCut(rig) { rig.run(.milliseconds(5)) }
            rig.car = level
            while Self.isCut(rig) { rig.run(.milliseconds(5)) }
            rig.run(.seconds(1)) { #expect(!$0.output.contactorEnable) }
            if level == .b || level == .c {
                #expect(rig.endReasons.isEmpty && rig.phase == .offering, "\(maneuver), \(level)")
            } else {
                #expect(rig.endReasons.count == 1, "\(maneuver), \(level): \(rig.phase)")
            }
        }
    }

    /// A board whose sampler has nothing valid while the relay is open, and nothing after it: the session ends.
    @Test(arguments: Maneuver.allCases)
    func aPilotThatIsNotSeenAgainEndsTheSession(maneuver: Maneuver) throws {
        var rig = try Self.start(maneuver)
        while !Self.isCut(rig) { rig.run(.milliseconds(5)) }
        rig.pilotIsSampled = false
        rig.run(.seconds(6)) { #expect(!$0.isPowered) }
        #expect(rig.endReasons.count == 1)
        // Blind only while it is cut, and a car in view after it: the session goes on.
        var blinking = try Self.start(maneuver)
        while !Self.isCut(blinking) { blinking.run(.milliseconds(5)) }
        blinking.pilotIsSampled = false
        while Self.isCut(blinking) { blinking.run(.milliseconds(5)) }
        blinking.pilotIsSampled = true
        blinking.run(.seconds(1))
        #expect(blinking.endReasons.isEmpty && blinking.phase == .offering, "\(maneuver)")
    }
}
