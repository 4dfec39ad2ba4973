import ChargeControl
import Quantities
import Testing

/// The coil gate as the second way to open: not pulsed for a contactor that does not open as it is told, whatever holds its enable.
@Suite struct GateTests {
    /// A charge whose contactor was found stuck, and the step in which it was.
    private func stuck(_ code: FaultCode) throws -> Rig {
        var rig = try Rig(
            options: .with {
                $0.switchesPhases = true
                $0.hasGateReadback = true
            })
        if code == .phasesUnbidden { rig.input.wantedPhases = .single }
        try rig.startCharging()
        if code == .phasesUnbidden {
            rig.flowsUnbidden = Milliamps(5_000)
        } else {
            rig.car = .b
            rig.run(.milliseconds(25))
            #expect(!rig.output.contactorEnable)
            let isWelded = code == .contactorWelded
            rig.feedback = {
                $0 = ContactorFeedback(mirror: isWelded ? .open : .closed, load: isWelded ? .closed : .open)
            }
        }
        for _ in 0..<100 where !rig.stands(code) {
            #expect(rig.output.gatePulseAllowed)
            rig.step()
        }
        try #require(rig.stands(code))
        return rig
    }

    @Test(arguments: [FaultCode.contactorWelded, .contactorNotOpened, .phasesUnbidden])
    func noPulseFromTheStepInWhichItIsFoundStuckUntilATechnicianHasResetIt(code: FaultCode) throws {
        var rig = try stuck(code)
        #expect(!rig.output.gatePulseAllowed && !rig.output.contactorEnable)
        // The gate has dropped and the contactor with it: neither that nor an unplug nor the reset button gives it back.
        rig.surroundings.gateAnswers = false
        rig.feedback = { _ in }
        rig.flowsUnbidden = .zero
        rig.car = .a
        rig.input.localReset = true
        rig.run(.seconds(5)) { #expect(!$0.output.gatePulseAllowed && !$0.stands(.gateLost)) }
        rig.input.technicianReset = code
        rig.step()
        rig.input.technicianReset = nil
        #expect(!rig.stands(code) && rig.output.gatePulseAllowed)
        rig.surroundings.gateAnswers = true
        rig.run(.seconds(1)) { #expect($0.output.gatePulseAllowed && !$0.stands(.gateLost)) }
    }

    /// The row stands from the first step: a weld survives the power cycle.
    @Test(arguments: [FaultCode.contactorWelded, .contactorNotOpened, .phasesUnbidden])
    func noPulseAfterARestartEither(code: FaultCode) throws {
        var rig = try Rig()
        rig.controller.restore(code, afterPowerCycle: true)
        rig.run(.seconds(1)) { #expect($0.stands(code) && !$0.output.gatePulseAllowed) }
        rig.input.technicianReset = code
        rig.step()
        #expect(!rig.stands(code) && rig.output.gatePulseAllowed)
    }

    /// A gate that was lost before is not found again while nobody pulses it, and once it is pulsed again it may be lost still.
    @Test func aLostGateStaysLostWhileItIsWithheld() throws {
        var rig = try Rig(options: .with { $0.hasGateReadback = true })
        rig.run(.seconds(1))
        rig.surroundings.gateAnswers = false
        rig.isWelded = true
        try rig.await(.seconds(1)) { $0.stands(.contactorWelded) && $0.stands(.gateLost) }
        rig.isWelded = false
        rig.run(.seconds(5)) { #expect($0.stands(.gateLost) && !$0.output.gatePulseAllowed) }
        rig.input.technicianReset = .contactorWelded
        rig.step()
        rig.input.technicianReset = nil
        rig.run(.seconds(2)) { #expect($0.stands(.gateLost) && $0.output.gatePulseAllowed) }
        rig.surroundings.gateAnswers = true
        try rig.await(.milliseconds(1_010)) { !$0.stands(.gateLost) }
    }

    /// Other faults that open leave the gate to its pulses: the enable is low.
    @Test func theGateIsPulsedBesideOtherFaults() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.input.emergencyStop = true
        try rig.await(.milliseconds(20)) { $0.stands(.emergencyStop) }
        rig.run(.seconds(1)) { #expect($0.output.gatePulseAllowed && !$0.output.contactorEnable) }
    }
}
