import Testing

@testable import FirmwareUpdate

/// Power cuts during the one write of a change: the record that counts afterwards is the old or the new one.
@Suite("Torn writes of the boot record")
struct TornWriteTests {
    /// One write of each kind of change, from files whose valid copy stands first, and second.
    private static func writes() throws -> [(name: String, file: [UInt8], old: BootRecord, new: BootRecord)] {
        var kinds: Set<String> = []
        var found: [(String, [UInt8], BootRecord, BootRecord)] = []
        for record in BootRecordTransitionTests.reachable {
            for (name, next) in BootRecordTransitionTests.changes(of: record) where kinds.insert(name).inserted {
                var before = record
                before.generation = 0
                found.append((name, record.encoded() + before.encoded(), record, next))
                found.append((name, before.encoded() + record.encoded(), record, next))
            }
        }
        return found
    }

    private func check(_ name: String, _ file: [UInt8], _ old: BootRecord, _ new: BootRecord) throws {
        let store = try BootRecordStore(reading: file)
        #expect(store.record == old || store.record == new, "\(name)")
    }

    @Test("cut after each byte, forwards and backwards")
    func bytes() throws {
        let writes = try Self.writes()
        #expect(writes.count >= 2 * 11)
        for (name, file, old, new) in writes {
            let write = try BootRecordStore(reading: file).write(new)
            // Bytes 296 to 4091 are zero in each of these records: cuts among them are one.
            let before = Array(file[write.offset..<write.offset + 4096])
            // Which of the file's copies is written makes no difference to the torn one itself.
            for cut in Array(0...230) + [263, 264, 295, 296, 2048] + Array(4090...4096) where write.offset == 4096 {
                // The copy that counted is untouched, so the torn one alone decides: it is what it was, new, or refused.
                for torn in [
                    write.bytes.prefix(cut) + before.dropFirst(cut), before.dropLast(cut) + write.bytes.suffix(cut),
                ] {
                    let whole = torn.elementsEqual(before) || torn.elementsEqual(write.bytes)
                    let isRefused =
                        refusal { () throws(FirmwareUpdateError) in try BootRecord(decoding: torn[...]) } != nil
                    #expect(isRefused != whole, "\(name), cut \(cut)")
                }
            }
            try check(name, file, old, new)
            var done = file
            done.replaceSubrange(write.offset..<write.offset + 4096, with: write.bytes)
            #expect(try BootRecordStore(reading: done).record == new)
        }
    }

    @Test("any of the eight sectors old, new, zeroed or erased")
    func sectors() throws {
        for (name, file, old, new) in try Self.writes() {
            let write = try BootRecordStore(reading: file).write(new)
            let before = Array(file[write.offset..<write.offset + 4096])
            // Only the first and the last sector differ between records; one in between stands for the other six.
            let states = [
                before, write.bytes, [UInt8](repeating: 0, count: 4096), [UInt8](repeating: 0xFF, count: 4096),
            ]
            for first in states {
                for middle in states {
                    for last in states {
                        let copy = first[..<512] + middle[512..<1024] + before[1024..<3584] + last[3584...]
                        var torn = file
                        torn.replaceSubrange(write.offset..<write.offset + 4096, with: copy)
                        try check(name, torn, old, new)
                    }
                }
            }
        }
    }

    @Test("random lives with a power cut at every other write", arguments: 1...12)
    func lives(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var file = BootRecordStore.file(of: BootRecord(factory: image(1, counter: 1), rootVersion: 1))
        var floor: UInt32 = 0
        for _ in 0..<60 {
            let store = try BootRecordStore(reading: file)
            #expect(store.record.counterFloor >= floor, "seed \(seed)")
            floor = store.record.counterFloor
            guard let next = BootRecordTransitionTests.changes(of: store.record).randomElement(using: &generator)?.next
            else { continue }
            let write = try store.write(next)
            var bytes = write.bytes
            if Bool.random(using: &generator) {
                // Each sector arrives or not, by itself.
                for sector in 0..<8 where Bool.random(using: &generator) {
                    let range = sector * 512..<(sector + 1) * 512
                    bytes.replaceSubrange(
                        range, with: file[write.offset + range.lowerBound..<write.offset + range.upperBound])
                }
            }
            file.replaceSubrange(write.offset..<write.offset + 4096, with: bytes)
            let after = try BootRecordStore(reading: file).record
            #expect(after == store.record || after == next, "seed \(seed)")
        }
    }
}
