import ChargeControl
import Journal
import Quantities
import SignedRecords
import SimulatedDisk
import Synchronization
import Testing

@testable import Firmware

/// The thread itself, over a real desk, on a disk that hangs.
@Suite("The record thread")
struct RecordThreadTests {
    /// Waits until something holds, for longer than any machine needs.
    private func wait(_ holds: () -> Bool) async throws -> Bool {
        for _ in 0..<3_000 {
            if holds() { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    @Test("on a disk that hangs it comes round no more, and publishes nothing before it is durable; then it goes on")
    func hangs() async throws {
        let disk = HangingDisk(SimulatedDisk(seed: 1))
        let (queues, bell) = ([ControlQueues()], try WakeUp())
        let turn = queues[0].recordTurn
        let published = Mutex<PublishedCount?>(nil)
        func count() -> Int { published.withLock { $0?.count.load(ordering: .relaxed) ?? 0 } }
        // As a control loop that has waited for a minute.
        turn.watch(from: SystemClock.now() - .seconds(60))
        let records = RecordThread(queues: queues, bell: bell, status: StatusBoard())
        _ = try records.start { () throws(FirmwareError) in
            do {
                let rig = try DeskRig(control: queues, disk: disk)
                try rig.bringUp()
                published.withLock { $0 = rig.published }
                return rig.desk
            } catch {
                throw .room("records", reason: "\(error)")
            }
        }
        #expect(try await wait { turn.silence(at: SystemClock.now()) < .seconds(5) }, "it comes round by itself")
        let before = count()
        disk.hang()
        #expect(queues[0].orders.offer(.intent(.faultLatched(.pilotStale), reading: nil, contactorClosed: false)))
        bell.ring()
        #expect(try await wait { disk.writesHeld == 1 })
        let asked = SystemClock.now()
        // It has taken the order, so the queue says nothing; its silence does.
        #expect(queues[0].orders.room == 256)
        try await Task.sleep(for: .milliseconds(400))
        #expect(turn.silence(at: SystemClock.now()) >= .milliseconds(400))
        #expect(count() == before, "what is not durable is not published")
        disk.letGo()
        #expect(try await wait { turn.silence(at: SystemClock.now()) < SystemClock.now() - asked })
        let kinds = try await records.perform { desk in
            try desk.journal.records(of: DeskRig.connector).map(\.record.body.kind)
        }
        #expect(kinds == [.event] && count() > before)
        records.stop()
    }
}
