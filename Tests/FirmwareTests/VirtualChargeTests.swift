import ChargeControl
import FlightRecorder
import Quantities
import Synchronization
import Testing

@testable import Firmware
@testable import Simulator

/// The whole control loop against plants, in virtual time.
@Suite("Charging in virtual time")
struct VirtualChargeTests {
    @Test("storage and meter stalled for 5 s in B1: the contactor closes within 1 s of the filter once they are back")
    func stallBeforeTheBegin() throws {
        let rig = try LoopRig(connectors: 1)
        rig.run(.seconds(5))
        rig.metersAnswer = false
        rig.recordsRun = false
        rig.authorize(0)
        rig.boards[0].plant { $0.plug() }
        rig.run(.seconds(5))
        #expect(rig.phase(0) == .preparing)
        #expect(rig.offered(0) == .zero)
        rig.metersAnswer = true
        rig.recordsRun = true
        try expectClosing(rig)
    }

    @Test("storage and meter stalled for 5 s from the moment the car asks: nothing slow is left to wait for")
    func stallAfterTheBegin() throws {
        let rig = try LoopRig(connectors: 1)
        rig.run(.seconds(5))
        rig.authorize(0)
        rig.boards[0].plant {
            $0.car.wants = false
            $0.plug()
        }
        #expect(rig.run(.seconds(5)) { $0.phase(0) == .offering })
        rig.metersAnswer = false
        rig.recordsRun = false
        rig.boards[0].plant { $0.car.wants = true }
        try expectClosing(rig)
        rig.run(.seconds(1))
        #expect(rig.boards[0].plant { $0.contactor.isClosed })
    }

    @Test("a record thread that never came round since the start is known to hang after 10 s, and no sooner")
    func recordsNeverRan() throws {
        let rig = try LoopRig(connectors: 1)
        rig.recordsRun = false
        rig.run(.milliseconds(9_990))
        #expect(rig.displays[0]?.faults.contains(.recordsFailed) == false)
        rig.run(.milliseconds(100))
        #expect(rig.displays[0]?.faults.contains(.recordsFailed) == true)
        rig.recordsRun = true
        rig.run(.milliseconds(1_100))
        #expect(rig.displays[0]?.faults.contains(.recordsFailed) == false)
    }

    /// From the car's request: 500 ms of filter, and at most 1 s.
    private func expectClosing(_ rig: LoopRig) throws {
        #expect(rig.run(.seconds(5)) { $0.boards[0].plant { $0.car.level == .c } })
        let asked = rig.now
        #expect(rig.run(.milliseconds(1_500)) { $0.boards[0].plant { $0.contactor.isClosed } })
        #expect(rig.now - asked >= .milliseconds(500))
    }

    @Test("four cars at one supply never draw more than it, and all of them charge", arguments: [UInt64(1), 2, 3])
    func sharedSupply(seed: UInt64) throws {
        let supply = Milliamps(40_000)
        let rig = try LoopRig(connectors: 4, supply: supply)
        var random = Draw(seed)
        var charged: Set<Int> = []
        rig.run(.seconds(5))
        for second in 0..<240 {
            let connector = random.below(4)
            switch random.below(6) {
            case 0 where second < 180: unplug(rig, connector)
            case 1, 2: plug(rig, connector, slot: UInt32(second + 1))
            case 3: rig.boards[connector].plant { $0.car.limit = Milliamps(Int32(6_000 + 1_000 * random.below(27))) }
            case 4: rig.boards[connector].plant { $0.car.wants.toggle() }
            default: break
            }
            rig.run(.seconds(1)) { rig in
                let offered = (0..<4).reduce(Milliamps.zero) { $0 + rig.offered($1) }
                let drawn = (0..<4).reduce(Milliamps.zero) { $0 + rig.current($1) }
                for index in 0..<4 where rig.current(index) > Milliamps(5_000) { charged.insert(index) }
                return offered > supply || drawn > supply
            }
            let offered = (0..<4).map { rig.offered($0) }
            let drawn = (0..<4).map { rig.current($0) }
            #expect(offered.reduce(.zero, +) <= supply, "second \(second): \(offered)")
            #expect(drawn.reduce(.zero, +) <= supply, "second \(second): \(drawn)")
        }
        #expect(charged == [0, 1, 2, 3])
    }

    private func plug(_ rig: LoopRig, _ connector: Int, slot: UInt32) {
        guard !rig.boards[connector].plant({ $0.car.isPlugged }) else { return }
        rig.authorize(connector, slot: slot)
        rig.boards[connector].plant {
            $0.car.wants = true
            $0.plug()
        }
    }

    private func unplug(_ rig: LoopRig, _ connector: Int) { rig.boards[connector].plant { $0.unplug() } }

    @Test("one connector's emergency, meter and records leave the others charging")
    func independence() throws {
        let rig = try LoopRig(connectors: 3)
        try charge(rig)
        rig.boards[0].plant { $0.setEmergencyStop(true) }
        _ = rig.queues[1].commands.offer(.recordStore(.failed))
        rig.run(.seconds(10))
        #expect(rig.boards.map { $0.plant { $0.contactor.isClosed } } == [false, false, true])
        #expect(rig.displays[0]?.fault == .emergencyStop)
        #expect(rig.displays[1]?.fault == .recordsFailed)
        #expect(rig.displays[2]?.fault == nil)
        #expect(rig.recordingsAsked == 2)
    }

    /// Has every connector charge.
    private func charge(_ rig: LoopRig) throws {
        rig.run(.seconds(5))
        for connector in rig.boards.indices { plug(rig, connector, slot: 1) }
        let all = rig.boards.indices
        #expect(rig.run(.seconds(30)) { rig in all.allSatisfy { rig.current($0) > Milliamps(5_900) } })
    }

    @Test("the grid operator's limit is on every pilot in the next period; when it ends the fail-safe is")
    func gridLimit() throws {
        let generous = ConnectorLimits(
            installer: Milliamps(32_000), FirmwareConfiguration.Limits(owner: Milliamps(30_000), schedule: nil))
        let rig = try LoopRig(
            connectors: 2, supply: Milliamps(63_000), gridFailSafe: Milliamps(14_000), limits: generous)
        try charge(rig)
        // Nothing was heard: the fail-safe, for both together.
        #expect((0..<2).map { rig.offered($0) } == [Milliamps(7_000), Milliamps(7_000)])
        _ = rig.requests.offer(.gridLimit(Milliamps(60_000), validity: .seconds(40)))
        rig.run(.seconds(30))
        #expect((0..<2).map { rig.offered($0) } == [Milliamps(30_000), Milliamps(30_000)])
        _ = rig.requests.offer(.gridLimit(Milliamps(16_000), validity: .seconds(20)))
        rig.step()
        #expect((0..<2).map { rig.offered($0) } == [Milliamps(8_000), Milliamps(8_000)])
        rig.run(.seconds(5))
        #expect(rig.current(0) + rig.current(1) <= Milliamps(16_000))
        // The operator falls silent.
        rig.run(.seconds(16))
        #expect((0..<2).map { rig.offered($0) } == [Milliamps(7_000), Milliamps(7_000)])
        _ = rig.requests.offer(.gridLimit(.zero, validity: .seconds(60)))
        rig.step()
        #expect((0..<2).map { rig.offered($0) } == [.zero, .zero])
        rig.run(.seconds(7))
        #expect(rig.boards.allSatisfy { !$0.plant { $0.contactor.isClosed } })
        #expect(rig.displays[0]?.limit.current == .zero)
    }

    @Test("on one connector the grid operator beats what every other source allows, and says why")
    func gridReason() throws {
        let rig = try LoopRig(connectors: 1, gridFailSafe: Milliamps(10_000))
        try charge(rig)
        #expect(rig.displays[0]?.limit.source == .grid)
        #expect(rig.displays[0]?.limit.reason == .missing)
        _ = rig.requests.offer(.gridLimit(Milliamps(8_000), validity: .seconds(5)))
        rig.step()
        #expect(rig.offered(0) == Milliamps(8_000))
        #expect(rig.displays[0]?.limit.reason == .gridOperator)
        rig.run(.seconds(6))
        #expect(rig.displays[0]?.limit.reason == .expired)
    }

    /// Red where a broken wire before the first sample, one relay of two, or the way back is forgotten.
    @Test("the grid operator's relay limits all connectors in the next period, until every one of them releases")
    func gridRelay() throws {
        let rig = try LoopRig(connectors: 2, gridRelay: Milliamps(14_000))
        for board in rig.boards { board.gridIsLimited.store(false, ordering: .relaxed) }
        try charge(rig)
        #expect((0..<2).map { rig.offered($0) } == [Milliamps(32_000), Milliamps(32_000)])
        rig.boards[1].gridIsLimited.store(true, ordering: .relaxed)
        rig.step()
        rig.step()
        #expect((0..<2).reduce(Milliamps.zero) { $0 + rig.offered($1) } <= Milliamps(14_000))
        #expect(rig.displays[0]?.limit.current == Milliamps(7_000))
        rig.run(.seconds(20))
        #expect((0..<2).allSatisfy { rig.current($0) <= Milliamps(7_000) })
        rig.boards[1].gridIsLimited.store(false, ordering: .relaxed)
        #expect(rig.run(.seconds(30)) { rig in (0..<2).allSatisfy { rig.offered($0) == Milliamps(32_000) } })
        // Both at once, a word and a relay: the lower one.
        let both = try LoopRig(connectors: 1, gridFailSafe: Milliamps(10_000), gridRelay: Milliamps(12_000))
        try charge(both)
        #expect(both.displays[0]?.limit.reason == .missing && both.offered(0) == Milliamps(10_000))
        _ = both.requests.offer(.gridLimit(Milliamps(20_000), validity: .seconds(60)))
        #expect(both.run(.seconds(30)) { $0.offered(0) == Milliamps(12_000) })
        #expect(both.displays[0]?.limit.source == .grid && both.displays[0]?.limit.reason == .gridOperator)
    }

    @Test("the owner's stop ends a session, his limit holds until he takes it back")
    func owner() throws {
        let rig = try LoopRig(connectors: 2)
        try charge(rig)
        _ = rig.requests.offer(.limit(Milliamps(9_000), by: .owner, connector: 2))
        rig.run(.seconds(1))
        #expect(rig.offered(0) == Milliamps(32_000))
        #expect(rig.offered(1) == Milliamps(9_000))
        _ = rig.requests.offer(.limit(nil, by: .owner, connector: 2))
        rig.run(.seconds(6))
        #expect(rig.offered(1) == Milliamps(32_000))
        _ = rig.requests.offer(.stop(true, by: .owner, connector: 1))
        rig.run(.seconds(10))
        #expect(!rig.boards[0].plant { $0.contactor.isClosed })
        #expect(rig.boards[1].plant { $0.contactor.isClosed })
        let ends = rig.intents[0].compactMap { if case .end(_, let reason, _, _, _) = $0 { reason } else { nil } }
        #expect(ends == [.owner])
    }

    @Test("a weld stands again and its wear goes on, and what the loop did replays from its flight recorder")
    func restored() throws {
        var wear = ContactorWear()
        wear.operations = 41
        let welded = try LoopRig(connectors: 1, restored: RestoredState(latched: [.contactorWelded], wear: wear))
        welded.run(.seconds(3))
        #expect(welded.displays[0]?.fault == .contactorWelded)
        #expect(welded.displays[0]?.wear.operations == 41)
        let sound = try LoopRig(connectors: 1, restored: RestoredState(wear: wear))
        try charge(sound)
        #expect(sound.displays[0]?.wear.operations == 42)
        let recording = try FlightRecording(sound.rings[0].dump())
        let verdict = try FlightReplay.run(recording, firmware: VersionText("test".utf8))
        #expect(verdict.difference == nil)
        #expect(verdict.entries > 1_000)
    }
}
