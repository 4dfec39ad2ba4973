import SignedRecords
import Testing

@testable import FirmwareUpdate

/// What stands in for an active slot that is gone: an image that was confirmed before as it is, any other on trial only.
@Suite("Standing in for the active slot")
struct SlotLauncherFallbackTests {
    /// Version 1.0 in slot a, active and confirmed; version 2.0 in slot b, unpacked and never activated.
    private func world(
        counters: (a: UInt32, b: UInt32) = (4, 9), schema: ReleaseManifest.DataSchema? = nil
    ) throws -> MemorySlots {
        let a = try Release.slot(of: try Release.small(version: "1.0", counter: counters.a))
        let b = try Release.slot(of: try Release.small(version: "2.0", counter: counters.b, schema: schema))
        let slots = MemorySlots()
        slots.slots = [.a: a.content, .b: b.content]
        slots.unconfirmed = [.b]
        slots.boot = BootRecordStore.file(
            of: try BootRecord(factory: a.image, rootVersion: 1).staging(b.image).verifyingStaged())
        return slots
    }

    private func rot(_ slots: MemorySlots) { slots.slots[.a]?.files["bin/wattseald"]?[0] ^= 1 }

    private func decide(_ slots: MemorySlots, writing: Bool = true) throws -> SlotLauncher.Decision {
        SlotLauncher(storage: slots, roots: try MemoryRoots(), architecture: "x86_64", isWriting: writing).decide()
    }

    private func record(_ slots: MemorySlots) throws -> BootRecord {
        try BootRecordStore(reading: try #require(slots.boot)).record
    }

    @Test("a release that was only unpacked is tried as often as it has tries; the floor stays; then nothing starts")
    func tried() throws {
        let slots = try world()
        rot(slots)
        #expect(try decide(slots, writing: false).slot == nil, "nobody paid")
        #expect(slots.writes == 0)
        for left in [UInt8(2), 1, 0] {
            #expect(try decide(slots).slot == .b)
            let record = try record(slots)
            #expect(record.active == .a && record.trial == .b && record.triesLeft == left)
            #expect(record.counterFloor == 4)
            #expect(record.excused == .ifBefore)
            guard case .bad = record.a else {
                Issue.record("slot a is not marked: \(record.a)")
                return
            }
            #expect(try decide(slots, writing: false).slot == .b)
        }
        for _ in 0..<2 {
            #expect(try decide(slots).slot == nil)
            let record = try record(slots)
            let manifest = try #require(record.b.image?.manifest)
            #expect(record.trial == nil && record.counterFloor == 4)
            #expect(record.failed == [manifest])
        }
    }

    @Test("once it is confirmed it is the active one, and the floor follows")
    func confirmed() throws {
        let slots = try world()
        rot(slots)
        #expect(try decide(slots).slot == .b)
        let store = try BootRecordStore(reading: try #require(slots.boot))
        try slots.write(try store.write(try store.record.confirming()))
        #expect(try record(slots).counterFloor == 4)
        #expect(try decide(slots).slot == .b)
        #expect(try record(slots).active == .b)
        #expect(try record(slots).counterFloor == 9)
    }

    @Test("of two counters alike the note tells: what was confirmed takes over as it is, what was not is tried")
    func note() throws {
        let unconfirmed = try world(counters: (4, 4))
        rot(unconfirmed)
        #expect(try decide(unconfirmed).slot == .b)
        #expect(try record(unconfirmed).trial == .b)
        // As an updater leaves it that knows no such note, and as one does behind the confirmation.
        let confirmed = try world(counters: (4, 4))
        confirmed.unconfirmed = []
        rot(confirmed)
        #expect(try decide(confirmed, writing: false).slot == .b)
        #expect(try decide(confirmed).slot == .b)
        #expect(try record(confirmed).active == .b)
        #expect(try record(confirmed).trial == nil)
        // Without the note, a counter above the floor still says that nobody confirmed it.
        let old = try world()
        old.unconfirmed = []
        rot(old)
        #expect(try decide(old).slot == .b)
        #expect(try record(old).trial == .b)
        #expect(try record(old).counterFloor == 4)
    }

    @Test("while the active one is only out of reach, a release that nobody activated does not start")
    func outOfReach() throws {
        let slots = try world()
        slots.unreadable = [.a]
        let decision = try decide(slots)
        #expect(decision.slot == nil)
        #expect(decision.findings.last == "slot b, 2.0, was never confirmed: it does not start by itself")
        #expect(slots.writes == 0)
        slots.unreadable = []
        #expect(try decide(slots).slot == .a)
    }

    @Test("a try that cannot be paid for is not made")
    func readOnly() throws {
        let slots = try world()
        rot(slots)
        slots.isReadOnly = true
        #expect(try decide(slots).slot == nil)
    }

    @Test("a release that does not read what may stand on the device does not stand in, confirmed or not")
    func schema() throws {
        // Slot a reads data 2 to 3 and writes 3.
        for (schema, isRead) in [
            (ReleaseManifest.DataSchema(readsFrom: 4, writes: 4), false), (.init(readsFrom: 3, writes: 4), true),
            (.init(readsFrom: 1, writes: 2), false), (.init(readsFrom: 1, writes: 2, readsTo: 3), true),
        ] as [(ReleaseManifest.DataSchema, Bool)] {
            for isConfirmed in [true, false] {
                let slots = try world(counters: (4, 4), schema: schema)
                if isConfirmed { slots.unconfirmed = [] }
                rot(slots)
                #expect(try decide(slots).slot == (isRead ? .b : nil), "\(schema), \(isConfirmed)")
                let record = try record(slots)
                #expect(record.active == (isRead && isConfirmed ? .b : .a))
                #expect(record.trial == (isRead && !isConfirmed ? .b : nil))
            }
        }
        // What an earlier trial has written is noted, where no slot's manifest says it any more.
        let slots = try world(counters: (4, 4))
        slots.unconfirmed = []
        slots.schema = 4
        rot(slots)
        let decision = try decide(slots)
        #expect(decision.slot == nil)
        #expect(decision.findings.last == "slot b, 2.0: does not read the data that may stand here")
    }

    @Test("without a boot record, what was never confirmed is taken only where nothing else is whole")
    func lost() throws {
        let slots = try world()
        slots.boot = nil
        #expect(try decide(slots).slot == .a)
        #expect(try record(slots).active == .a)
        #expect(try record(slots).counterFloor == 4)
        let alone = try world()
        alone.boot = nil
        rot(alone)
        #expect(try decide(alone).slot == .b)
    }

    @Test("a stop before, in the middle of and behind each write leaves a record that goes on to the trial")
    func stops() throws {
        let whole = try world()
        rot(whole)
        #expect(try decide(whole).slot == .b)
        #expect(whole.writes == 2)
        let torn = [1, 10, 24, 40, 100, 224, 512, 2048, 4095].map { MemorySlots.Stop.torn($0) }
        for write in 1...whole.writes {
            for how in [.before, .behind] + torn {
                let slots = try world()
                rot(slots)
                slots.stop = (write, how)
                #expect(try decide(slots).slot == nil, "write \(write), \(how): at once")
                slots.stop = nil
                #expect(try decide(slots).slot == .b, "write \(write), \(how): afterwards")
                let record = try record(slots)
                #expect(record.active == .a && record.trial == .b && record.counterFloor == 4)
                #expect(record.triesLeft >= 1)
            }
        }
    }
}
