import SignedRecords
import Testing

@testable import FirmwareUpdate

@Suite("Which slot starts")
struct SlotLauncherTests {
    /// Version 1.1 with counter 5 in slot a, active; version 1.2 with its counter in slot b.
    private func world(
        counters: (a: UInt32, b: UInt32) = (5, 5), keys: (a: UInt8, b: UInt8) = (1, 1), floor: UInt32? = nil
    ) throws -> MemorySlots {
        let a = try Release.slot(of: try Release.small(version: "1.1", counter: counters.a, key: keys.a))
        let b = try Release.slot(of: try Release.small(version: "1.2", counter: counters.b, key: keys.b))
        let slots = MemorySlots()
        slots.slots = [.a: a.content, .b: b.content]
        slots.boot = BootRecordStore.file(
            of: BootRecord(
                generation: 7, active: .a, trial: nil, triesLeft: 0, excused: [], a: .bootable(a.image),
                b: .bootable(b.image),
                counterFloor: floor ?? min(counters.a, counters.b), rootVersion: 1, failed: [], lastReason: .confirmed))
        return slots
    }

    private func decide(_ slots: MemorySlots, writing: Bool = true, roots: MemoryRoots? = nil) throws
        -> SlotLauncher.Decision
    {
        let roots = try roots ?? MemoryRoots()
        return SlotLauncher(storage: slots, roots: roots, architecture: "x86_64", isWriting: writing).decide()
    }

    private func record(_ slots: MemorySlots) throws -> BootRecord {
        try BootRecordStore(reading: try #require(slots.boot)).record
    }

    @Test("the active one, where all is as it should be; nothing is said or written")
    func healthy() throws {
        let slots = try world()
        let decision = try decide(slots)
        #expect(decision.slot == .a)
        #expect(decision.manifest?.version == "1.1")
        #expect(decision.findings.isEmpty)
        #expect(slots.writes == 0)
    }

    @Test("the active one, while one copy of the record is torn", arguments: [0, 4096])
    func tornCopy(offset: Int) throws {
        let slots = try world()
        slots.boot?[offset + 40] ^= 1
        let decision = try decide(slots)
        #expect(decision.slot == .a)
        #expect(decision.findings.count == 1)
        #expect(decision.findings.first?.hasPrefix("one copy of the boot record does not count: ") == true)
    }

    static let damages: [(String, @Sendable (inout MemorySlots.Content?) -> Void)] = [
        ("a wrong byte", { $0?.files["bin/wattseald"]?[0] ^= 1 }),
        ("a short file", { $0?.files["etc/text"]?.removeLast() }),
        ("a long file", { $0?.files["etc/empty"]?.append(0) }),
        ("a missing file", { $0?.files["etc/text"] = nil }),
        ("a missing slot", { $0 = nil }),
        ("a torn manifest", { $0?.release[100] ^= 1 }),
        ("a short release", { $0?.release.removeLast(40) }),
        ("no bundle at all", { $0?.release = Array("nothing".utf8) }),
        (
            "a wrong chunk table",
            { content in
                let last = (content?.release.count ?? 1) - 1
                content?.release[last] ^= 1
            }
        ),
    ]

    @Test("the other one, where the active one is damaged: marked bad, said, and so from then on", arguments: damages)
    func damaged(damage: (name: String, apply: @Sendable (inout MemorySlots.Content?) -> Void)) throws {
        let slots = try world()
        damage.apply(&slots.slots[.a])
        let decision = try decide(slots)
        #expect(decision.slot == .b)
        #expect(decision.findings.count == 2, "\(decision.findings)")
        #expect(decision.findings.first?.hasPrefix("slot a, 1.1: ") == true)
        #expect(decision.findings.last == "slot a is marked bad")
        let record = try record(slots)
        #expect(record.active == .b)
        #expect(record.lastReason == .hashMismatch)
        if case .bad = record.a {} else { Issue.record("slot a: \(record.a)") }
        let next = try decide(slots)
        #expect(next.slot == .b)
        #expect(next.findings.isEmpty)
        #expect(slots.writes == 1)
    }

    @Test("none, where both are damaged; both are marked, and the next start looks at neither")
    func bothDamaged() throws {
        let slots = try world()
        slots.slots[.a] = nil
        slots.slots[.b]?.files["etc/text"] = []
        let decision = try decide(slots)
        #expect(decision.slot == nil)
        #expect(decision.manifest == nil)
        #expect(decision.findings.count == 4)
        let before = slots.digests
        let next = try decide(slots)
        #expect(next.slot == nil)
        #expect(next.findings == ["slot b, 1.2: was found bad before", "slot a, 1.1: was found bad before"])
        #expect(slots.digests == before)
    }

    @Test("none, where the active one is damaged and the other lies below the floor, which stays unmarked")
    func floor() throws {
        let slots = try world(counters: (6, 5), floor: 6)
        slots.slots[.a]?.files["bin/wattseald"] = []
        let decision = try decide(slots)
        #expect(decision.slot == nil)
        #expect(decision.findings.last == "slot b, 1.2: security counter 5 lies below the device's floor 6")
        let record = try record(slots)
        #expect(record.active == .a)
        if case .bootable = record.b {} else { Issue.record("slot b: \(record.b)") }
    }

    @Test("a manifest's own counter is held against the floor, whatever the record says of the image")
    func counterOfManifest() throws {
        let slots = try world()
        var lying = try record(slots)
        guard case .bootable(var image) = lying.a else { return }
        image.securityCounter = 9
        (lying.a, lying.counterFloor) = (.bootable(image), 6)
        slots.boot = BootRecordStore.file(of: lying)
        let decision = try decide(slots)
        #expect(decision.slot == nil)
        #expect(decision.findings.first == "slot a, 1.1: security counter 5 lies below the device's floor 6")
        #expect(slots.writes == 0)
    }

    @Test("what keys or the disk say is not held against an image: the other one starts, nothing is marked")
    func notForEver() throws {
        let foreign = try world(keys: (2, 1))
        var decision = try decide(foreign)
        #expect(decision.slot == .b)
        #expect(decision.findings == ["slot a, 1.1: expected 1 signatures, found 0"])
        #expect(foreign.writes == 0)

        let unreadable = try world()
        unreadable.unreadable = [.a]
        decision = try decide(unreadable)
        #expect(decision.slot == .b)
        #expect(decision.findings.count == 1)
        #expect(unreadable.writes == 0)

        let forged = try world()
        let end = try #require(forged.slots[.a]).release.count - 4 - 32 - 1
        forged.slots[.a]?.release[end - 10] ^= 1
        decision = try decide(forged)
        #expect(decision.slot == .b)
        #expect(decision.findings.count == 1)
        #expect(decision.findings.first?.contains("does not fit the manifest") == true)
        #expect(forged.writes == 0)
    }

    @Test("what an older root released starts, whatever the newest one names; without a root that fits none does")
    func roots() throws {
        let slots = try world()
        var roots = try MemoryRoots([9], version: 2)
        #expect(try decide(slots, roots: roots).slot == nil)
        roots.roots[1] = try MemoryRoots().roots[1]
        #expect(try decide(slots, roots: roots).slot == .a)
        roots.roots = [:]
        let decision = try decide(slots, roots: roots)
        #expect(decision.slot == nil)
        #expect(decision.findings == ["expected a root, found none"])
        #expect(slots.writes == 0)
    }

    @Test("one bad read is not believed")
    func secondReading() throws {
        let slots = try world()
        slots.wrongReads = 1
        let decision = try decide(slots)
        #expect(decision.slot == .a)
        #expect(decision.findings.last == "slot a: read a second time, it is whole")
        #expect(slots.writes == 0)
    }

    @Test("damage that the second reading does not confirm marks nothing")
    func unconfirmedDamage() throws {
        let slots = try world()
        (slots.wrongReads, slots.failingReads) = (1, 1)
        #expect(try decide(slots).slot == .b)
        #expect(slots.writes == 0)
        slots.failingReads = 1
        #expect(try decide(slots).slot == .a, "a disk that answers the second time")
        #expect(slots.writes == 0)
    }

    @Test("another release than was staged, rightly signed though it is, does not start in its place")
    func swapped() throws {
        let slots = try world()
        slots.slots[.a] = try Release.slot(of: try Release.small(version: "1.3", counter: 9)).content
        let decision = try decide(slots)
        #expect(decision.slot == .b)
        #expect(decision.findings.first == "slot a, 1.1: the manifest is not the one that the boot record names")
        #expect(slots.writes == 1)
    }

    @Test("a kind that is no application, and another processor's, do not start", arguments: [true, false])
    func foreign(kind: Bool) throws {
        let bundle =
            kind
            ? try Release.small(version: "2.0", counter: 5, kind: .configuration)
            : try Release.small(version: "2.0", counter: 5, architecture: "aarch64")
        let slots = try world()
        let a = try Release.slot(of: bundle)
        slots.slots[.a] = a.content
        var changed = try record(slots)
        changed.a = .bootable(a.image)
        slots.boot = BootRecordStore.file(of: changed)
        #expect(try decide(slots).slot == .b)
        #expect(slots.writes == 0)
    }

    @Test("a trial is paid for before it may start, starts as often as it has tries, and is then marked bad")
    func trial() throws {
        let slots = try world()
        slots.boot = BootRecordStore.file(of: try record(slots).activating(tries: 2))
        #expect(try decide(slots, writing: false).slot == .a, "nobody paid")
        for left in UInt8(0)...1 {
            #expect(try decide(slots).slot == .b)
            #expect(try record(slots).triesLeft == 1 - left)
            #expect(try decide(slots, writing: false).slot == .b)
        }
        #expect(try decide(slots).slot == .a)
        #expect(try record(slots).trial == nil)
        guard case .bad = try record(slots).b else {
            Issue.record("a trial that was not confirmed is not marked")
            return
        }
    }

    @Test("a try that cannot be paid for is not made")
    func unpaid() throws {
        let slots = try world()
        slots.boot = BootRecordStore.file(of: try record(slots).activating())
        slots.isReadOnly = true
        let decision = try decide(slots)
        #expect(decision.slot == .a)
        #expect(decision.findings.contains { $0.hasPrefix("a try cannot be paid for") })
        #expect(try decide(slots, writing: false).slot == .a)
    }

    @Test("a damaged slot on trial is marked, and the active one starts")
    func damagedTrial() throws {
        let slots = try world()
        slots.boot = BootRecordStore.file(of: try record(slots).activating())
        slots.slots[.b]?.files["etc/text"] = [1]
        #expect(try decide(slots).slot == .a)
        guard case .bad = try record(slots).b else {
            Issue.record("a damaged trial is not marked")
            return
        }
    }

    @Test("a floor that a cut kept from being raised is raised at the next start")
    func dueFloor() throws {
        let slots = try world(counters: (5, 7))
        slots.boot = BootRecordStore.file(of: try record(slots).activating().confirming())
        #expect(try record(slots).isFloorDue)
        #expect(try decide(slots, writing: false).slot == .b)
        #expect(try record(slots).isFloorDue)
        #expect(try decide(slots).slot == .b)
        #expect(try record(slots).counterFloor == 7)
    }

    @Test("without a record that counts: the highest counter that verifies, slot a of two alike", arguments: [0, 1, 2])
    func recovery(how: Int) throws {
        for (counters, expected) in [((5, 5), Slot.a), ((5, 6), .b), ((6, 5), .a)] as [((UInt32, UInt32), Slot)] {
            let slots = try world(counters: counters)
            switch how {
            case 0: slots.boot = nil
            case 1: slots.boot = [UInt8](repeating: 0xFF, count: 8192)
            default:
                var other = try record(slots)
                other.lastReason = .abandoned
                slots.boot = try record(slots).encoded() + other.encoded()
            }
            let read = try decide(slots, writing: false)
            #expect(read.slot == expected)
            #expect(slots.writes == 0)
            #expect(try decide(slots).slot == expected)
            let record = try record(slots)
            #expect(record.active == expected)
            #expect(record.counterFloor == max(counters.0, counters.1))
            #expect(record.generation == (how == 2 ? 8 : 1))
            #expect(record.lastReason == .recovered)
            if case .bootable = record[expected.other] {} else { Issue.record("\(record)") }
            let next = try decide(slots)
            #expect(next.slot == expected)
            #expect(next.findings.isEmpty)
        }
    }

    @Test("where nothing can be written, the slot starts all the same")
    func readOnly() throws {
        for damage in [true, false] {
            let slots = try world()
            slots.isReadOnly = true
            if damage { slots.slots[.a] = nil } else { slots.boot = nil }
            let decision = try decide(slots)
            #expect(decision.slot == (damage ? .b : .a))
            #expect(decision.findings.contains { $0.contains("cannot be") })
        }
    }

    @Test("reading alone writes nothing, whatever it finds")
    func reading() throws {
        let slots = try world()
        slots.slots[.a] = nil
        #expect(try decide(slots, writing: false).slot == .b)
        #expect(slots.writes == 0)
    }

    @Test("a stop before, in the middle of and behind each write leaves a record that starts the same slot")
    func stops() throws {
        let scenes: [(String, Slot?, (MemorySlots) -> Void)] = [
            ("active damaged", .b, { $0.slots[.a] = nil }),
            (
                "both damaged", nil,
                {
                    $0.slots[.a]?.files["etc/text"] = []
                    $0.slots[.b] = nil
                }
            ),
            ("record lost", .a, { $0.boot = nil }),
            (
                "record lost, a damaged", .b,
                {
                    $0.boot = [UInt8](repeating: 0, count: 8192)
                    $0.slots[.a]?.files["bin/wattseald"] = []
                }
            ),
        ]
        var tried = 0
        for (name, expected, spoil) in scenes {
            let whole = try world()
            spoil(whole)
            #expect(try decide(whole).slot == expected, "\(name)")
            let settled = try record(whole)
            #expect(whole.writes > 0, "\(name)")
            for write in 1...whole.writes {
                let torn = [1, 10, 24, 40, 100, 224, 512, 2048, 4095].map { MemorySlots.Stop.torn($0) }
                for how in [.before, .behind] + torn {
                    let slots = try world()
                    spoil(slots)
                    slots.stop = (write, how)
                    #expect(try decide(slots).slot == expected, "\(name), write \(write), \(how): at once")
                    slots.stop = nil
                    #expect(try decide(slots).slot == expected, "\(name), write \(write), \(how): afterwards")
                    let after = try record(slots)
                    #expect(after.active == settled.active, "\(name), write \(write), \(how)")
                    #expect(after.a == settled.a && after.b == settled.b, "\(name), write \(write), \(how)")
                    tried += 1
                }
            }
        }
        #expect(tried == 5 * 11)
    }
}
