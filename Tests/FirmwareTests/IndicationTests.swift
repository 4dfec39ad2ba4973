import BoardIO
import ChargeControl
import Quantities
import Testing

@testable import Firmware
@testable import Simulator

@Suite("The lamps in the control loop")
struct IndicationTests {
    @Test("ready, plugged in, charging, plugged in, ready; a fault before all of it")
    func session() throws {
        let rig = try LoopRig(connectors: 1)
        var said: [Indication] = []
        func run(_ time: Nanoseconds) {
            _ = rig.run(time) { rig in
                if let now = rig.boards[0].indication, said.last != now { said.append(now) }
                return false
            }
        }
        run(.seconds(3))
        rig.authorize(0, slot: 1)
        rig.boards[0].plant {
            $0.car.wants = true
            $0.plug()
        }
        run(.seconds(20))
        rig.boards[0].plant { $0.car.wants = false }
        run(.seconds(10))
        rig.boards[0].plant { $0.unplug() }
        run(.seconds(20))
        // Before the meter was heard nothing can be sold.
        #expect(said == [.fault, .available, .connected, .charging, .connected, .available])
        rig.boards[0].plant { $0.setEmergencyStop(true) }
        run(.seconds(1))
        #expect(said.last == .fault)
    }
}
