import Journal
import RecordSamples
import SignedRecords
import SimulatedDisk
import Testing

/// The newest records without the walk over all.
struct NewestRecordsTests {
    private static let configuration = JournalConfiguration(segmentBytes: 8_192, maximumSegments: 20, retentionDays: 10)

    /// A journal over several segments; all its records in the order of their writing.
    private func filled(_ disk: SimulatedDisk) throws -> [SignedRecord] {
        var device = try SampleDevice()
        let journal = try Journal(opening: disk, configuration: Self.configuration)
        var written = [device.genesis]
        try journal.append(device.genesis)
        while try disk.names().filter({ $0.hasPrefix("segment") }).count < 4 {
            for record in try device.session(.connector(1), kilowattHours: 3) {
                try journal.append(record)
                written.append(record)
            }
            try journal.maintain()
        }
        return written
    }

    @Test("as many as are asked for, the oldest first; no more than the last two segments have")
    func newest() throws {
        let disk = SimulatedDisk(seed: 1)
        let written = try filled(disk)
        for count in [0, 1, 7] {
            #expect(try JournalReader.newest(count, storage: disk) == Array(written.suffix(count)))
        }
        let most = try JournalReader.newest(10_000, storage: disk)
        #expect(most.count < written.count && most.count > 7)
        #expect(most == Array(written.suffix(most.count)))
    }

    @Test("a journal without a segment has none")
    func empty() throws {
        #expect(try JournalReader.newest(8, storage: SimulatedDisk(seed: 1)).isEmpty)
    }

    @Test("what stands before a fault is read all the same")
    func damaged() throws {
        let disk = SimulatedDisk(seed: 1)
        let written = try filled(disk)
        let last = try #require(try disk.names().filter { $0.hasPrefix("segment") }.max())
        // The last segment's header.
        try disk.write([UInt8](repeating: 0xFF, count: 512), to: last, at: 0, durably: true)
        let found = try JournalReader.newest(4, storage: disk)
        #expect(found.count == 4)
        #expect(found.allSatisfy { written.contains($0) })
    }
}
