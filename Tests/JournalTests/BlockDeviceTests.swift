import Foundation
import Journal
import LoopDisk
import RecordSamples
import SignedRecords
import Testing

/// What a record costs at the block device, by the kernel's own counters: the file system's share is in them.
@Suite(.serialized, .enabled(if: LoopDisk.isAvailable, "\(LoopDisk.need)"))
struct BlockDeviceTests {
    static let records = 1_000
    static let bytesPerRecord = 520.0
    static let flushesPerRecord = 1.01

    let ticks: [SignedRecord]
    let before: [SignedRecord]

    init() throws {
        var device = try SampleDevice()
        let chain = ChainNumber.connector(1)
        let begin = device.begin(chain, register: 0)
        before = [device.genesis, try device.append(chain, .begin(begin))]
        ticks = try (1...UInt32(Self.records)).map { index in
            var tick = SampleDevice.tick(begin.session, index: index, base: 0)
            // As a meter gives it whose register is read again within another block.
            tick.reading.confirmation = RegisterEvidence(
                functionCode: 4, address: 0x46, words: [UInt16](repeating: 0xABCD, count: 8))
            return try device.append(chain, .tick(tick))
        }
        #expect(ticks.allSatisfy { (270...436).contains($0.message.count) }, "\(ticks[0].message.count) bytes")
    }

    /// One record after the other, each durable before the next, no pause between them.
    @Test func aBurst() throws {
        try measured("burst", times: 1) { journal, tick in try journal.append(tick) }
    }

    /// A pause behind each record, long enough for the anchor that covers it.
    @Test func paced() throws {
        try measured("paced", times: 2) { journal, tick in
            try journal.append(tick)
            try journal.anchor()
        }
    }

    private func measured(
        _ name: String, times: Double, _ append: (Journal, SignedRecord) throws -> Void
    ) throws {
        // In memory where that can be had: a flush is counted alike, and the file system's own commits, one every five
        // seconds, stay out of the records' count.
        let memory = FileManager.default.isWritableFile(atPath: "/dev/shm") ? URL(fileURLWithPath: "/dev/shm") : nil
        let folder = (memory ?? FileManager.default.temporaryDirectory)
            .appending(path: "block-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let disk = try LoopDisk(megabytes: 64, in: folder.path)
        defer { #expect(throws: Never.self) { try disk.detach() } }
        let cost = try cost(on: disk, append)
        let bytes = Double(cost.bytes) / Double(Self.records)
        let flushes = Double(cost.flushes) / Double(Self.records)
        let writes = Double(cost.writes) / Double(Self.records)
        print(
            "\(name): a record of \(ticks[0].message.count) bytes is \(bytes) bytes, \(writes) requests, \(flushes) flushes"
        )
        #expect(bytes <= times * Self.bytesPerRecord)
        #expect(flushes <= times * Self.flushesPerRecord)
        // Fewer would mean that something was not written, or not flushed, when `append` returned.
        #expect(bytes >= times * 512)
        #expect(flushes >= times)
        let reader = try JournalReader(directory: disk.path + "/journal")
        #expect(reader.corruption == nil)
        #expect(reader.head(of: .connector(1)) == ticks.last?.head)
    }

    private func cost(
        on disk: LoopDisk, _ append: (Journal, SignedRecord) throws -> Void
    ) throws -> LoopDisk.Counters {
        let storage = try FileStorage.writer(directory: disk.path + "/journal")
        try #require(storage.isDirect && storage.sectorBytes == 512)
        let journal = try Journal(opening: storage)
        for record in before { try journal.append(record) }
        // What making the journal left in the cache is none of the records'.
        try disk.settle()
        let start = try disk.counters()
        for tick in ticks { try append(journal, tick) }
        let end = try disk.counters()
        #expect(journal.statistics.records == UInt64(Self.records + before.count))
        return end - start
    }
}
