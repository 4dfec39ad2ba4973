import ChargeControl
import Metering
import Quantities
import Testing

@testable import Firmware
@testable import Simulator

/// What the control thread tells the meter's thread of the load.
@Suite("What the meter's thread knows of the load")
struct MeterLoadTests {
    @Test func theContactorAndThePromiseAreTold() throws {
        let rig = try LoopRig(connectors: 1)
        var load: MeterCondition { rig.queues[0].load.condition }
        let start = rig.now
        #expect(load == .unknown)
        rig.step()
        #expect(load.promise == .zero && load.contactor == .open(since: start))
        rig.authorize(0)
        rig.boards[0].plant { $0.plug() }
        #expect(rig.run(.seconds(30)) { _ in if case .closed = load.contactor { true } else { false } })
        let closed = rig.now
        #expect(load == MeterCondition(contactor: .closed(since: closed), promise: Milliamps(32_000)))
        rig.run(.seconds(20))
        #expect(load == MeterCondition(contactor: .closed(since: closed), promise: Milliamps(32_000)))
        // A lowered promise counts for as long as the car and the meter's mean may take to follow.
        #expect(rig.requests.offer(.limit(Milliamps(10_000), by: .owner, connector: 1)))
        let asked = rig.now
        #expect(rig.run(.seconds(20)) { _ in load.promise == Milliamps(10_000) })
        #expect((Nanoseconds.seconds(10)...Nanoseconds.seconds(15)).contains(rig.now - asked))
        // A raised one counts at once.
        #expect(rig.requests.offer(.limit(Milliamps(16_000), by: .owner, connector: 1)))
        #expect(rig.run(.seconds(10)) { $0.offered(0) == Milliamps(16_000) })
        #expect(load.promise == Milliamps(16_000))
        #expect(rig.requests.offer(.stop(true, by: .owner, connector: 1)))
        #expect(rig.run(.seconds(20)) { _ in if case .open = load.contactor { true } else { false } })
        #expect(load.contactor == .open(since: rig.now))
    }
}
