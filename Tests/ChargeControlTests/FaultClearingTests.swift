import ChargeControl
import Quantities
import Testing

/// A cleared fault's intent says what made its latch let go.
@Suite struct FaultClearingTests {
    /// Its latch ends with the unplugging. Fails where `FaultState` calls everything the condition's end.
    @Test func aSessionsLatchIsClearedByTheUnplugging() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.diode = false
        try rig.await(.seconds(3)) { $0.stands(.diodeMissing) }
        rig.diode = true
        rig.car = .b
        rig.run(.seconds(60))
        #expect(rig.stands(.diodeMissing) && rig.clearings(of: .diodeMissing).isEmpty)
        rig.car = .a
        rig.run(.seconds(5))
        #expect(rig.clearings(of: .diodeMissing) == [.unplugged])
    }

    /// It has no latch: that the car is pulled does not matter.
    @Test(arguments: [false, true])
    func withoutALatchTheConditionsEndClears(isPulled: Bool) throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.input.recordStore = .failed
        rig.run(.seconds(2))
        if isPulled { rig.car = .a }
        rig.run(.seconds(2))
        rig.input.recordStore = .ok
        rig.run(.seconds(3))
        #expect(rig.clearings(of: .recordsFailed) == [.condition])
    }

    /// One that would try again by itself: within the retry's delay only the unplugging clears it, behind it the retry.
    @Test(arguments: [(Nanoseconds.seconds(5), FaultClearing.unplugged), (.seconds(40), .condition)])
    func aRetryIsTheConditionsEnd(pulledAfter: Nanoseconds, clearing: FaultClearing) throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.run(.seconds(5))
        rig.input.residualAlternating = true
        rig.run(.seconds(1))
        rig.input.residualAlternating = false
        rig.car = .b
        rig.run(.seconds(300) - .seconds(20) + pulledAfter)
        rig.car = .a
        rig.run(.seconds(1))
        // The row asks for the reset too.
        rig.input.localReset = true
        rig.run(.seconds(1))
        #expect(rig.clearings(of: .residualAlternating) == [clearing])
    }

    @Test func aLocalResetIsNamed() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.input.emergencyStop = true
        rig.run(.seconds(1))
        rig.input.emergencyStop = false
        rig.car = .a
        rig.run(.seconds(5))
        #expect(rig.clearings(of: .emergencyStop).isEmpty)
        rig.input.localReset = true
        rig.run(.seconds(1))
        #expect(rig.clearings(of: .emergencyStop) == [.localReset])
    }

    @Test func aTechniciansResetIsNamed() throws {
        var rig = try Rig()
        rig.controller.restore(.contactorWelded, afterPowerCycle: false)
        rig.run(.seconds(5))
        #expect(rig.clearings(of: .contactorWelded).isEmpty)
        rig.input.technicianReset = .contactorWelded
        rig.run(.seconds(1))
        #expect(rig.clearings(of: .contactorWelded) == [.technician])
    }
}
