import BoardIO
import ChargeControl
import Quantities
import Testing

@testable import Firmware
@testable import Simulator

/// A board whose thread hangs in a read: what it read before is no truth about what came after.
@Suite("Contacts that are old")
struct StaleContactsTests {
    @Test("count for 50 ms, and with them the pilot, however young it is; what latches stays as it was read")
    func age() {
        var sample = BoardSample()
        sample.at = MonotonicInstant(nanoseconds: 1_000_000_000)
        (sample.mirror, sample.loadL1, sample.pilotValid, sample.emergencyStop) = (.closed, .live, true, false)
        for (age, areKnown) in [(Nanoseconds.milliseconds(50), true), (.milliseconds(50) + Nanoseconds(1), false)] {
            let now = sample.at + age
            sample.pilotAt = now
            var input = ControlInput()
            input.take(sample, at: now)
            #expect((input.pilot != nil) == areKnown)
            #expect(input.contactor.mirror == (areKnown ? .closed : .unknown))
            #expect(input.contactor.firstLoad == (areKnown ? .closed : .unknown))
            #expect(!input.emergencyStop)
        }
    }

    @Test(
        "a hang opens the contactor and latches nothing, and the sale goes on behind it",
        arguments: [200, 340, 600, 900])
    func hang(milliseconds: Int64) throws {
        let rig = try LoopRig(connectors: 1)
        rig.run(.seconds(3))
        rig.authorize(0)
        rig.boards[0].plant {
            $0.car.wants = true
            $0.plug()
        }
        #expect(rig.run(.seconds(30)) { $0.current(0) > Milliamps(6_000) })
        rig.boards[0].hang(true)
        rig.run(.milliseconds(milliseconds))
        #expect(rig.current(0) == .zero, "opened")
        rig.boards[0].hang(false)
        rig.run(.seconds(2))
        for intent in rig.intents[0] {
            if case .faultLatched(let fault) = intent {
                let isMotion = fault == .contactorWelded || fault == .contactorNotClosed || fault == .poleNotClosed
                #expect(!isMotion, "\(fault)")
            }
        }
        #expect(rig.run(.seconds(120)) { $0.current(0) > Milliamps(6_000) }, "\(rig.displays[0] as Any)")
    }
}
