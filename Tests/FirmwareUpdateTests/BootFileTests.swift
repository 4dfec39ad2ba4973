import SimulatedFlash
import Testing

@testable import FirmwareUpdate

@Suite("The boot record's file")
struct BootFileTests {
    @Test(
        "one made anew is durable before it is written to again, wherever a kill came in its making", arguments: 1...6)
    func madeAnew(stop: Int) throws {
        let old = BootRecord(factory: image(1, counter: 1), rootVersion: 1)
        var new = old
        new.generation = 7
        for seed in UInt64(1)...40 {
            let flash = SimulatedFlash(seed: seed)
            let slots = SlotFolder(disk: flash)
            try slots.createBootFile(BootRecordStore.file(of: old))
            flash.stop = flash.operations + stop
            try? slots.createBootFile(BootRecordStore.file(of: new))
            flash.killProcess()
            let store = try BootRecordStore(reading: try slots.bootFile() ?? [])
            #expect(store.record == old || store.record == new)
            let next = try store.record.staging(image(2, counter: 2))
            try slots.write(try store.write(next))
            flash.cutPower()
            #expect(try BootRecordStore(reading: try slots.bootFile() ?? []).record == next, "seed \(seed)")
        }
    }
}
