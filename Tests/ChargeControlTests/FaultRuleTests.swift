import ChargeControl
import Quantities
import Testing

/// Rules of the fault table that a hostile reading found holes in: chattering trips, a stuck reset, a cable without a coding.
@Suite struct FaultRuleTests {
    private static let trips: [FaultCode] = [.emergencyStop, .residualDirect, .residualAlternating]

    private func set(_ code: FaultCode, _ on: Bool, _ rig: inout Rig) {
        switch code {
        case .emergencyStop: rig.input.emergencyStop = on
        case .residualDirect: rig.input.residualDirect = on
        default: rig.input.residualAlternating = on
        }
    }

    /// A contact that bounces as it opens is pressed.
    @Test(arguments: trips)
    func aTripThatChattersOpens(code: FaultCode) throws {
        for first in [true, false] {
            var rig = try Rig()
            try rig.startCharging()
            for step in 0..<4 {
                set(code, (step % 2 == 0) == first, &rig)
                rig.step()
            }
            #expect(!rig.output.contactorEnable && rig.raised(code) == 1)
        }
    }

    /// Two clean samples begin it anew: one spike in three is noise.
    @Test(arguments: trips)
    func oneSampleInThreeIsNoise(code: FaultCode) throws {
        var rig = try Rig()
        try rig.startCharging()
        for step in 0..<600 {
            set(code, step % 3 == 0, &rig)
            rig.step()
            #expect(rig.output.contactorEnable)
        }
    }

    /// A reset that was pressed all along is a stuck button.
    @Test func aStuckLocalResetResetsNothing() throws {
        var rig = try Rig()
        rig.input.localReset = true
        try rig.startCharging()
        rig.input.emergencyStop = true
        rig.run(.seconds(1))
        rig.input.emergencyStop = false
        #expect(rig.run(within: .seconds(60)) { !$0.stands(.emergencyStop) } == nil)
        rig.input.localReset = false
        rig.step()
        #expect(rig.stands(.emergencyStop))
        rig.input.localReset = true
        rig.step()
        #expect(!rig.stands(.emergencyStop))
    }

    /// Alternating residual current asks for the unplug and the reset; the stuck button is no reset here either.
    @Test func aStuckLocalResetDoesNotReplaceTheUnplugsReset() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.input.localReset = true
        // Within 2 s of the closing: not retried.
        rig.input.residualAlternating = true
        rig.run(.milliseconds(500))
        #expect(rig.stands(.residualAlternating))
        rig.input.residualAlternating = false
        rig.car = .a
        #expect(rig.run(within: .seconds(60)) { !$0.stands(.residualAlternating) } == nil)
        rig.input.localReset = false
        rig.run(.milliseconds(50))
        rig.input.localReset = true
        rig.run(.milliseconds(50))
        #expect(!rig.stands(.residualAlternating))
    }

    /// What is no cable's coding is said, and not merely refused.
    @Test(arguments: [(Int32(0), true), (20, true), (74, true), (77, true), (3_000, true), (4_500, true)])
    func aCodingOfNoCableIsAFault(resistance: Int32, isFault: Bool) throws {
        var rig = try Rig(cable: .socket)
        rig.surroundings.proximity = Ohms(resistance)
        rig.run(.milliseconds(100))
        rig.car = .b
        rig.input.authorization = Rig.grant()
        rig.run(.milliseconds(350))
        #expect(!rig.stands(.proximityFault), "500 ms of persistence")
        rig.run(.milliseconds(100))
        #expect(rig.stands(.proximityFault) && rig.output.display.fault == .proximityFault)
        rig.run(.seconds(10))
        #expect(rig.begins == 0 && rig.raised(.proximityFault) == 1)
        rig.surroundings.proximity = Ohms(220)
        try rig.await(.seconds(2)) { !$0.stands(.proximityFault) }
        try rig.await(.seconds(3)) { $0.phase == .offering }
    }

    /// A cable, or none, is no fault; nor is one that is read once in a while as something else.
    @Test(arguments: [Int32(100), 220, 680, 1_500, 5_000, Int32.max])
    func aKnownCableOrNoneIsNoFault(resistance: Int32) throws {
        var rig = try Rig(cable: .socket)
        for step in 0..<1_000 {
            rig.surroundings.proximity = Ohms(step % 50 < 5 ? 20 : resistance)
            rig.step()
        }
        #expect(rig.raised(.proximityFault) == 0)
        // A tethered cable has no such contact.
        var tethered = try Rig()
        tethered.surroundings.proximity = Ohms(20)
        tethered.run(.seconds(2))
        #expect(tethered.raised(.proximityFault) == 0)
    }
}
