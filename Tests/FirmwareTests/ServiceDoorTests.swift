import BoardIO
import ChargeControl
import FlightRecorder
import Quantities
import ServiceShell
import Testing

@testable import Firmware
@testable import Simulator

/// From a shell's door through the control loop to a plant's contactor, in virtual time.
@Suite("The door to service mode")
struct ServiceDoorTests {
    private let holder = ServiceHolder()

    /// Runs, with a shell that says five times a second that it is alive.
    private func run(_ rig: LoopRig, _ time: Nanoseconds, as holder: ServiceHolder? = nil) {
        let end = rig.now + time
        while rig.now < end {
            _ = rig.queues[0].service.renew(holder ?? self.holder, at: rig.now)
            rig.run(.milliseconds(200))
        }
    }

    private func inService() throws -> (rig: LoopRig, door: ServiceDoor) {
        let rig = try LoopRig(connectors: 1)
        let door = rig.queues[0].service
        rig.run(.seconds(8))
        let visit = try door.enter(holder, at: rig.now)
        rig.step()
        try #require(door.report.visit == visit, "\(String(describing: door.report.ended))")
        return (rig, door)
    }

    private func isClosed(_ rig: LoopRig) -> Bool { rig.boards[0].sample().mirror == .closed }

    @Test("a test closes the plant's contactor, opens it by itself, and its wear is recorded")
    func contactor() throws {
        let (rig, door) = try inService()
        #expect(rig.boards[0].indication == .service)
        let number = try door.begin(.contactor(.milliseconds(600)), by: holder)
        rig.run(.milliseconds(300))
        #expect(door.report.test.number == number && door.isTesting)
        #expect(isClosed(rig) && rig.boards[0].indication == .all)
        #expect(throws: ServiceDoor.Refusal.busy) { try door.begin(.lamps(.all, .seconds(1)), by: holder) }
        run(rig, .seconds(1))
        let test = door.report.test
        #expect(!isClosed(rig) && test.stage == .ended && test.cause == nil && test.weld == .clear)
        #expect(test.actuation != nil && test.release != nil)
        let wears = rig.intents[0].compactMap { if case .wear(let wear) = $0 { wear.operations } else { nil } }
        #expect(wears == [1])
        #expect(rig.boards[0].indication == .service && rig.displays[0]?.service == .standing)
    }

    @Test("a shell that is alive keeps service mode, and one that says nothing more loses it")
    func lease() throws {
        let (rig, door) = try inService()
        run(rig, .seconds(8))
        rig.run(.milliseconds(4_600))
        #expect(door.report.visit != 0)
        rig.run(.milliseconds(400))
        #expect(door.report.visit == 0 && door.report.ended == .silent)
    }

    @Test("the beat of a login that holds nothing keeps nothing")
    func strangersBeat() throws {
        let (rig, door) = try inService()
        run(rig, .seconds(6), as: ServiceHolder())
        #expect(door.report.visit == 0 && door.report.ended == .silent)
    }

    @Test("a login that ends in mid-test opens the contactor within a period, and takes the visit along")
    func endInMidTest() throws {
        let (rig, door) = try inService()
        _ = try door.begin(.contactor(.seconds(2)), by: holder)
        rig.run(.milliseconds(500))
        #expect(isClosed(rig))
        door.end(ServiceHolder())
        rig.run(.milliseconds(100))
        #expect(isClosed(rig), "somebody else's end")
        door.end(holder)
        rig.step()
        #expect(rig.boards[0].indication != .all && door.report.visit == 0)
        rig.run(.milliseconds(200))
        #expect(!isClosed(rig) && door.report.test.cause == .left && door.report.test.release != nil)
        #expect(throws: ServiceDoor.Refusal.notHeld) { try door.begin(.lamps(.all, .seconds(1)), by: holder) }
    }

    @Test("one login at a time; whoever comes after it has ended gets in, and the one before is told once")
    func holders() throws {
        let (rig, door) = try inService()
        let other = ServiceHolder()
        #expect(throws: ServiceDoor.Refusal.occupied) { try door.enter(other, at: rig.now) }
        #expect(throws: ServiceDoor.Refusal.notHeld) { try door.begin(.lamps(.all, .seconds(1)), by: other) }
        // The one who is in may begin anew.
        _ = try door.enter(holder, at: rig.now)
        rig.step()
        rig.boards[0].plant { $0.setEmergencyStop(true) }
        rig.run(.milliseconds(100))
        let told = door.renew(holder, at: rig.now)
        #expect(!told.stands && told.ended?.ended == .fault && told.ended?.fault == .emergencyStop)
        #expect(door.renew(holder, at: rig.now).ended == nil)
        let visit = try door.enter(other, at: rig.now)
        rig.step()
        #expect(door.report.judged == visit && door.report.visit == 0 && door.report.ended == .fault)
    }

    @Test("a test that is called off ends, and its number is not begun again")
    func calledOff() throws {
        let (rig, door) = try inService()
        let number = try door.begin(.lamps(.charging, .seconds(60)), by: holder)
        rig.run(.milliseconds(100))
        #expect(rig.boards[0].indication == .charging)
        door.callOff(test: number &+ 1)
        rig.run(.milliseconds(100))
        #expect(door.isTesting)
        door.callOff(test: number)
        rig.step()
        #expect(!door.isTesting && door.report.test.cause == .left && rig.boards[0].indication == .service)
    }

    @Test("a control thread that stands still is told, and nobody holds anything then")
    func fullQueue() throws {
        let door = ServiceDoor()
        let now = MonotonicInstant(nanoseconds: 1)
        for _ in 0..<16 { _ = try door.enter(holder, at: now) }
        #expect(throws: ServiceDoor.Refusal.standsStill) { try door.enter(holder, at: now) }
        #expect(!door.renew(holder, at: now).stands)
        // What the queue held still comes first, and without a beat it ends by itself.
        var wish = ServiceWish()
        door.update(&wish)
        #expect(wish.visit == 16 && wish.heardAt == now)
    }

    @Test("a car in mid-test opens the contactor, and is served afterwards")
    func car() throws {
        let (rig, door) = try inService()
        _ = try door.begin(.contactor(.seconds(2)), by: holder)
        rig.run(.milliseconds(500))
        rig.authorize(0)
        rig.boards[0].plant {
            $0.car.wants = true
            $0.plug()
        }
        rig.run(.milliseconds(150))
        #expect(!isClosed(rig) && door.report.visit == 0 && door.report.ended == .car)
        #expect(rig.run(.seconds(20)) { $0.phase(0) == .charging })
    }

    @Test("the flight recorder has what was asked")
    func recorded() throws {
        let (rig, door) = try inService()
        _ = try door.begin(.contactor(.milliseconds(300)), by: holder)
        run(rig, .seconds(2))
        var asked = Set<UInt32>()
        rig.rings[0].forEachInput(since: MonotonicInstant(nanoseconds: 0)) { input, _ in
            if input.service.visit != 0 { asked.insert(input.service.testNumber) }
        }
        #expect(asked == [0, 1])
        let verdict = try FlightReplay.run(
            try FlightRecording(rig.rings[0].dump()), firmware: VersionText("test".utf8))
        #expect(verdict.difference == nil)
    }
}
