import Journal
import RecordSamples
import SignedRecords
import SimulatedDisk
import Testing

/// Faults of class 2: rot, unreadable sectors, lying and misdirecting disks. Never silently continued: the slot is named.
struct JournalCorruptionTests {
    let script: JournalScript

    init() throws { script = try JournalScript() }

    private func filled(anchored: Bool) throws -> SimulatedDisk {
        let disk = SimulatedDisk(seed: 1)
        let journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        for record in script.order.prefix(24) {
            try journal.append(record)
            try journal.maintain()
        }
        if anchored { try journal.anchor() }
        return disk
    }

    private func segments(_ disk: SimulatedDisk) throws -> [String] {
        try disk.names().filter { $0.hasPrefix("segment") }
    }

    /// Every frame in every segment, one flipped bit in each: refused, but for the last frame of all (the anchor), whose rot
    /// costs no record.
    @Test func rotInAnyFrameIsRefused() throws {
        let disk = try filled(anchored: true)
        let names = try segments(disk)
        #expect(names.count >= 2)
        var refused = 0
        var random = SeededRandom(seed: 77)
        for name in names {
            let bytes = disk.contents(name)
            for slot in 0..<bytes.count / 512 where bytes[slot * 512..<slot * 512 + 512].contains(where: { $0 != 0 }) {
                let damaged = disk.copy(seed: 2)
                damaged.rot(name, byte: slot * 512 + Int(random.next() % 512), bit: UInt8(random.next() % 8))
                let opening = Result { try Journal(opening: damaged, configuration: JournalScript.configuration) }
                switch opening {
                case .success(let journal):
                    // The anchor itself, or a frame in an older segment, which scrubbing finds.
                    if script.missing(from: journal).count == script.order.count - 24 {
                        let isAnchor = name == names.last
                        if !isAnchor { #expect(throws: JournalError.self, "\(name) \(slot)") { try journal.scrub() } }
                    } else {
                        Issue.record("\(name), slot \(slot): records vanished silently")
                    }
                case .failure(let error):
                    refused += 1
                    guard case .corrupt? = error as? JournalError else {
                        Issue.record("\(name), slot \(slot): \(error)")
                        continue
                    }
                }
            }
        }
        #expect(refused >= 20)
    }

    /// Older segments are not walked at opening, but their ends are checked: header and last frame.
    @Test func endsOfOlderSegmentsAreCheckedAtOpening() throws {
        let disk = try filled(anchored: true)
        let names = try segments(disk)
        #expect(names.count >= 3)
        let bytes = disk.contents(names[0])
        let used = (0..<bytes.count / 512).filter { slot in
            bytes[slot * 512..<slot * 512 + 512].contains { $0 != 0 }
        }
        let last = try #require(used.last)
        let end = disk.copy(seed: 1)
        end.rot(names[0], byte: last * 512 + 200, bit: 1)
        #expect(throws: JournalError.self) { try Journal(opening: end, configuration: JournalScript.configuration) }
        let header = disk.copy(seed: 1)
        header.rot(names[0], byte: 100, bit: 1)
        #expect(throws: JournalError.corrupt(segment: 1, slot: 0, what: .unreadable)) {
            try Journal(opening: header, configuration: JournalScript.configuration)
        }
        // A frame between them: found by scrubbing, and by reading what is in it.
        let middle = disk.copy(seed: 1)
        middle.rot(names[0], byte: 2 * 512 + 200, bit: 1)
        let journal = try Journal(opening: middle, configuration: JournalScript.configuration)
        #expect(throws: JournalError.corrupt(segment: 1, slot: 1, what: .unreadable)) { try journal.scrub() }
        #expect(throws: JournalError.corrupt(segment: 1, slot: 1, what: .unreadable)) {
            try journal.records(of: .device)
        }
    }

    @Test func corruptionIsNamedAndNothingIsWritten() throws {
        let disk = try filled(anchored: true)
        let name = try #require(try segments(disk).last)
        disk.rot(name, byte: 2 * 512 + 100, bit: 3)
        let number = try #require(UInt64(name.dropFirst(8).dropLast(4), radix: 16))
        let operations = disk.operations
        #expect(throws: JournalError.corrupt(segment: number, slot: 2, what: .unreadable)) {
            try Journal(opening: disk, configuration: JournalScript.configuration)
        }
        #expect(disk.operations == operations)
        // The reader still gives what stands before the fault, and says where it is.
        let reader = try JournalReader(storage: disk)
        #expect(reader.corruption == .corrupt(segment: number, slot: 2, what: .unreadable))
        #expect(reader.count > 5)
        #expect(throws: Never.self) { try ExportVerifier.verify(try reader.export(chain: .device)) }
    }

    /// The stated exception: without an anchor, rot of the very last frame looks like a torn write.
    @Test func rotOfTheLastFrameNeedsTheAnchor() throws {
        let disk = try filled(anchored: false)
        let name = try #require(try segments(disk).last)
        let bytes = disk.contents(name)
        let slots = (0..<bytes.count / 512).filter { slot in
            bytes[slot * 512..<slot * 512 + 512].contains { $0 != 0 }
        }
        let last = try #require(slots.last)
        disk.rot(name, byte: last * 512 + 20, bit: 0)
        let journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        #expect(script.missing(from: journal).count == script.order.count - 23)
    }

    @Test func unreadableSectorsAreCorruption() throws {
        let disk = try filled(anchored: true)
        let name = try #require(try segments(disk).last)
        disk.unreadable[name] = [2 * 512]
        #expect(throws: JournalError.self) { try Journal(opening: disk, configuration: JournalScript.configuration) }
    }

    /// A device that lies about a flush, then loses power: found where a later frame was flushed, and in no case silently
    /// continued over.
    @Test func droppedFlushIsNoticedByLaterFrames() throws {
        var noticed = 0
        for seed in 0..<40 {
            let disk = SimulatedDisk(seed: UInt64(seed))
            let journal = try Journal(opening: disk, configuration: JournalScript.configuration)
            try journal.append(group: Array(script.order.prefix(2)))
            disk.faults[disk.operations + 2] = .misdirectedWrite
            disk.faults[disk.operations + 2] = .droppedFlush
            try journal.append(script.order[2])
            disk.cutPower()
            if (try? Journal(opening: disk, configuration: JournalScript.configuration))
                .map({ script.missing(from: $0).first == script.order[2] }) == true
            {
                // The lost frame was the last: the second stated exception.
                noticed += 1
            }
        }
        #expect(noticed > 5)
    }

    @Test func misdirectedWriteIsFound() throws {
        let disk = SimulatedDisk(seed: 9)
        let journal = try Journal(opening: disk, configuration: JournalConfiguration(segmentBytes: 1 << 16))
        try journal.append(group: Array(script.order.prefix(2)))
        disk.faults[disk.operations + 1] = .misdirectedWrite
        try journal.append(script.order[2])
        // Two frames further on the journal says that the missing one was durable.
        try journal.append(script.order[3])
        try journal.append(script.order[4])
        #expect(throws: JournalError.self) { try Journal(opening: disk) }
    }

    @Test func everyTruncationOfASegmentIsRefusedOrHarmless() throws {
        let disk = try filled(anchored: true)
        let name = try #require(try segments(disk).last)
        let bytes = disk.contents(name)
        for count in stride(from: 0, to: bytes.count, by: 256) {
            let cut = disk.copy(seed: 5)
            try cut.remove(name)
            try cut.create(name)
            try cut.write(Array(bytes[..<count]), to: name, at: 0, durably: true)
            // Truncation takes the anchor and what is before it: no later frame is left to accuse. The reader and the
            // writer agree on what is left, and neither traps.
            let reader = try JournalReader(storage: cut)
            let heads = reader.chains.map { reader.head(of: $0) }
            if let journal = try? Journal(opening: cut, configuration: JournalScript.configuration) {
                #expect(reader.chains.map { journal.head(of: $0) } == heads)
            }
        }
    }
}
