import ChargeControl
import Quantities
import Testing

/// Failures that other chargers' users met, each with its tracker's number: what must not happen here. The contactor comes
/// first; the other areas stand in `AnchorTests+….swift`.
@Suite struct AnchorTests {
    /// SmartEVSE-3 #26 and #141: the coil was triggered again behind the firmware's back; the plug came out live.
    @Test func noPlugIsFreedAndNoCarServedWhileTheContactorStaysClosed() throws {
        var rig = try Rig(cable: .socket, options: .with { $0.hasLock = true })
        rig.surroundings.proximity = Ohms(220)
        try rig.startCharging()
        rig.isWelded = true
        rig.car = .b
        try rig.await(.milliseconds(100)) { !$0.output.contactorEnable }
        try rig.await(.milliseconds(350)) { $0.stands(.contactorWelded) }
        rig.car = .a
        rig.run(.seconds(60)) { #expect($0.output.lock && $0.surroundings.lock == .locked) }
        rig.car = .b
        rig.input.authorization = Rig.grant(slot: 8)
        rig.input.localReset = true
        rig.run(.seconds(60)) { #expect(!$0.isPowered && $0.output.lock) }
        #expect(rig.stands(.contactorWelded))
        #expect(rig.begins == 1)
    }

    /// SmartEVSE-3 #47: the firmware froze in charge mode, and the contactor stayed on until someone cut the power.
    @Test func aFrozenLoopNeverKeepsTheContactorOn() throws {
        for frozen in [Nanoseconds.milliseconds(50), .milliseconds(90), .seconds(60)] {
            var rig = try Rig()
            try rig.startCharging()
            // The gate is a one-shot: while nothing steps, nothing pulses, and it drops by itself.
            rig.step(after: frozen)
            #expect(!rig.output.gatePulseAllowed, "the enable is still high when the loop comes back")
            #expect(!rig.output.contactorEnable)
            rig.step()
            #expect(rig.output.gatePulseAllowed && !rig.output.contactorEnable)
        }
    }

    /// SmartEVSE-3.5 #41 and #167: "mode OFF", and the contactor stayed on.
    @Test func theContactorNeverStaysOnAfterAStop() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.input.ownerStop = true
        rig.run(.milliseconds(6_005))
        rig.run(.seconds(10)) { #expect(!$0.output.contactorEnable) }
        #expect(rig.phase == .ended)

        // Told to open and not open is a fault, not a display that says "off".
        var stuck = try Rig()
        try stuck.startCharging()
        stuck.feedback = { $0 = ContactorFeedback(mirror: .closed, load: .unknown) }
        stuck.input.ownerStop = true
        stuck.car = .b
        try stuck.await(.milliseconds(400)) { $0.stands(.contactorNotOpened) }
    }

    /// SmartEVSE-3.5 #40 and #17: on, off, on at the start of a session; "charging" with a car asleep.
    @Test func aSessionStartNeverRattlesTheContactor() throws {
        var rig = try Rig()
        try rig.startOffering()
        for _ in 0..<10 {
            rig.car = .c
            rig.run(.milliseconds(250)) { #expect(!$0.output.contactorEnable) }
            rig.car = .b
            rig.run(.milliseconds(250)) { #expect(!$0.output.contactorEnable) }
        }
        #expect(rig.phase == .offering, "a car that takes nothing is not charging")
        rig.car = .c
        rig.run(.seconds(10))
        #expect(rig.output.display.wear.operations == 1)
    }

    /// OpenEVSE_ESP32 #390 and OpenEVSE_PLUS #21: welded after 2067 kWh, each stop from the screen had opened at once.
    @Test(arguments: ["owner", "withdrawn", "grid", "schedule", "meter", "records", "shutdown", "voltage", "heat"])
    func noStopThatCanWaitOpensUnderLoad(cause: String) throws {
        var rig = try Rig(
            options: .with {
                $0.watchesVoltage = true
                $0.hasBoardTemperature = true
            })
        try rig.startCharging()
        switch cause {
        case "owner": rig.input.ownerStop = true
        case "withdrawn": rig.input.authorization = nil
        case "grid": rig.limit(.grid, 0)
        case "schedule": rig.limit(.schedule, 0)
        case "meter": rig.input.meter = .distrusted
        case "records": rig.input.recordStore = .failed
        case "shutdown": rig.input.softShutdown = true
        case "voltage": rig.surroundings.voltage = nil
        default: rig.surroundings.boardTemperature = DeciCelsius(810)
        }
        try rig.await(.seconds(11)) { !$0.isPowered }
        rig.run(.seconds(2)) { #expect($0.output.contactorEnable, "x1 first, the car has 6 s") }
        rig.draw = Milliamps(499)
        rig.run(.milliseconds(100))
        #expect(!rig.output.contactorEnable)
        #expect(rig.output.display.wear.openingsUnderLoad == 0)
    }

    /// The same: an opening that could not wait is counted.
    @Test func noOpeningUnderLoadGoesUncounted() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.input.emergencyStop = true
        rig.run(.milliseconds(100))
        #expect(rig.output.display.wear.openingsUnderLoad == 1)
        #expect(rig.output.display.wear.switchedSquareAmpereMilliseconds == 16 * 16 * 10)
    }

    /// open_evse #178 and #102: no opening under current was asked for; the opening tripped the house's breaker.
    @Test func noOpeningBreaksMoreThanHalfAnAmpereWhileThereIsTime() throws {
        for stop in 0..<2 {
            var rig = try Rig()
            try rig.startCharging()
            if stop == 0 { rig.input.ownerStop = true } else { rig.limit(.owner, 0) }
            // The car takes 3 s to ramp down, as the standard lets it.
            while rig.output.contactorEnable {
                #expect(rig.draw > .zero, "the contactor is still closed below 0.5 A")
                rig.draw = max(rig.draw - Milliamps(27), .zero)
                rig.step()
            }
            #expect(rig.draw < Milliamps(500))
            #expect(rig.output.display.wear.openingsUnderLoad == 0)
        }
    }

    /// open_evse #168: one sense for two things, so that a relay that did not close was shown as missing earth.
    @Test func aFailedCloseIsNeverTakenForMissingEarth() throws {
        var unclosed = try Rig(options: .with { $0.watchesEarth = true })
        unclosed.neverCloses = true
        try unclosed.startOffering()
        unclosed.car = .c
        try unclosed.await(.seconds(2)) { $0.output.display.fault != nil }
        #expect(unclosed.output.display.faults.codes == [.contactorNotClosed])

        var dead = try Rig(options: .with { $0.watchesEarth = true })
        dead.feedback = { if $0.firstLoad == .closed { $0.thirdLoad = .open } }
        try dead.startOffering()
        dead.car = .c
        try dead.await(.seconds(2)) { $0.output.display.fault != nil }
        #expect(dead.output.display.faults.codes == [.poleNotClosed])

        var unearthed = try Rig(options: .with { $0.watchesEarth = true })
        try unearthed.startCharging()
        unearthed.surroundings.earth = false
        try unearthed.await(.seconds(1)) { $0.output.display.fault != nil }
        #expect(unearthed.output.display.faults.codes == [.earthMissing])
    }

    /// warp-charger #3: contactor errors out of the blue for months; the sense glitched.
    @Test func aGlitchOfAFeedbackIsNeverAFault() throws {
        let glitches: [@Sendable (inout ContactorFeedback) -> Void] = [
            { $0.mirror = .open }, { $0.firstLoad = .open }, { $0.secondLoad = .open },
            { $0 = ContactorFeedback(mirror: .open, load: .open) }, { $0 = .unknown },
        ]
        for (index, glitch) in glitches.enumerated() {
            var rig = try Rig()
            try rig.startCharging()
            for _ in 0..<5 {
                rig.feedback = glitch
                rig.run(.milliseconds(295))
                #expect(rig.output.contactorEnable && rig.output.display.fault == nil, "glitch \(index)")
                rig.feedback = { _ in }
                rig.run(.milliseconds(20))
            }
        }
        for (index, glitch) in glitches.prefix(4).enumerated() {
            var rig = try Rig()
            try rig.startCharging()
            rig.feedback = glitch
            rig.run(.milliseconds(310))
            #expect(!rig.output.contactorEnable, "lasting \(index)")
        }
    }
}
