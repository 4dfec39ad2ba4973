import ChargeControl
import Quantities
import Testing

/// The last steps of a closed contactor, to the step (`ChargeController+Ending.swift`).
@Suite struct EndingBoundaryTests {
    /// An unplug in C1 ends the session in the step that opens: it is no pause first.
    @Test func anUnplugWhileStoppingIsNoPause() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.limit(.schedule, 0)
        try rig.await(.seconds(1)) { $0.phase == .stopping }
        rig.car = .a
        try rig.await(.seconds(1)) { !$0.output.contactorEnable }
        #expect(rig.phase != .held && rig.phase != .stopping)
        rig.run(.seconds(2))
        #expect(rig.endReasons == [.unplugged])
        #expect(!rig.trace.contains { $0.hasPrefix("pause") })
    }

    /// Whatever opens at once in C1 leaves the phase in that step.
    @Test func whatOpensAtOnceWhileStoppingLeavesThePhaseWithIt() throws {
        let causes: [(String, (inout Rig) -> Void)] = [
            ("enclosure", { $0.input.enclosureOpen = true }), ("begin record", { $0.input.durableBegin = 0 }),
            ("car", { $0.car = .b }), ("6 s", { _ in }),
        ]
        for (name, cause) in causes {
            var rig = try Rig()
            try rig.startCharging()
            rig.acknowledgesBegin = false
            rig.limit(.schedule, 0)
            try rig.await(.seconds(1)) { $0.phase == .stopping }
            rig.run(.milliseconds(100))
            cause(&rig)
            try rig.await(.seconds(7)) { !$0.output.contactorEnable }
            #expect(rig.phase == .held, "\(name)")
        }
    }

    /// Half an ampere at the opening is a load: the phases stay as they are, and the car is given another chance.
    @Test(arguments: [Int32(499), 500])
    func phasesAreNotSwitchedAfterAnOpeningUnderLoad(milliamps: Int32) throws {
        var rig = try Rig(
            options: .with {
                $0.switchesPhases = true
                $0.wakeUp = .never
            })
        try rig.startCharging()
        rig.input.wantedPhases = .single
        rig.draw = Milliamps(milliamps)
        try rig.await(.seconds(7)) { !$0.output.contactorEnable }
        #expect(rig.phase == (milliamps < 500 ? .switching : .held))
        #expect(rig.output.phases == .three)
    }

    /// A fault that came while the car was stopping for other phases: nothing is switched under it.
    @Test func aFaultWhileStoppingForOtherPhasesSwitchesNothing() throws {
        var rig = try Rig(
            options: .with {
                $0.switchesPhases = true
                $0.wakeUp = .never
                $0.watchesVoltage = true
            })
        rig.run(.seconds(1))
        try rig.startCharging()
        rig.surroundings.voltage = nil
        rig.run(.milliseconds(9_000))
        rig.input.wantedPhases = .single
        try rig.await(.seconds(1)) { $0.phase == .stopping }
        try rig.await(.seconds(3)) { $0.stands(.voltageUnknown) }
        #expect(rig.output.contactorEnable)
        rig.draw = .zero
        try rig.await(.seconds(1)) { !$0.output.contactorEnable }
        #expect(rig.phase == .held)
    }

    /// A car that let go a second before the unplug ended the session itself; a step less, and the unplug did.
    @Test func theCarHasStoppedASecondBeforeTheUnplug() throws {
        var gaps: [Nanoseconds] = []
        for milliseconds in stride(from: Int64(960), through: 1_000, by: 5) {
            var rig = try Rig()
            try rig.startCharging()
            rig.car = .b
            try rig.await(.seconds(1)) { $0.phase == .offering }
            let stopped = rig.now
            rig.run(.milliseconds(milliseconds))
            rig.car = .a
            try rig.await(.seconds(1)) { !$0.isPowered }
            let gap = rig.now - stopped
            gaps.append(gap)
            rig.run(.seconds(2))
            #expect(rig.endReasons == [gap >= .seconds(1) ? .car : .unplugged], "\(gap.wholeMilliseconds) ms")
        }
        #expect(gaps.contains(.seconds(1)) && gaps.contains(.milliseconds(995)))
    }

    /// A meter that fell silent is waited for 10 s, to the step.
    @Test func tenSecondsForTheFinalReading() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.meterAnswers = false
        rig.input.ownerStop = true
        rig.draw = .zero
        try rig.await(.seconds(1)) { $0.phase == .ending }
        let ending = rig.now
        try rig.await(.seconds(11)) { $0.phase == .ended }
        #expect(rig.now - ending == .seconds(10))
        #expect(
            rig.intents.contains { if case .end(_, .owner, nil, _, isFinalReading: false) = $0 { true } else { false } }
        )
    }

    /// A fan that fails under a car in D opens; current stays on offer, and the car charges again when the fan runs.
    @Test func aFanThatFailsIsAPauseOfTheCar() throws {
        var rig = try Rig(
            options: .with {
                $0.hasVentilation = true
                $0.wakeUp = .never
            })
        try rig.startOffering()
        rig.car = .d
        try rig.await(.seconds(3)) { $0.output.contactorEnable }
        rig.run(.seconds(1))
        rig.surroundings.fanWorks = false
        try rig.await(.seconds(1)) { !$0.output.contactorEnable }
        #expect(rig.phase == .offering && rig.isPowered)
        #expect(rig.trace.last { $0.hasPrefix("pause") } == "pause car")
        rig.surroundings.fanWorks = true
        try rig.await(.seconds(3)) { $0.output.contactorEnable }
    }

    /// With a fan, too, a shorted pilot is no wish of the car's.
    @Test func aShortedPilotIsNoPauseOfTheCar() throws {
        var rig = try Rig(options: .with { $0.hasVentilation = true })
        try rig.startCharging()
        rig.car = .e
        try rig.await(.seconds(1)) { !$0.output.contactorEnable }
        #expect(rig.trace.last { $0.hasPrefix("pause") } == "pause fault")
    }
}
