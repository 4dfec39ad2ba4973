import RecordSamples
import SignedRecords
import SimulatedDisk
import Testing

@testable import Journal

/// What opening costs, in counts that no busy machine can move.
struct OpeningCostTests {
    static let segmentBytes = 1 << 16

    private func filled(_ disk: SimulatedDisk, segments: Int) throws -> JournalConfiguration {
        let configuration = JournalConfiguration(segmentBytes: Self.segmentBytes, maximumSegments: 40)
        let journal = try Journal(opening: disk, configuration: configuration)
        var device = try SampleDevice()
        try journal.append(device.genesis)
        let session = try device.session(.connector(1), kilowattHours: UInt32(segments * 128))
        for record in session {
            try journal.append(record)
            try journal.maintain()
            if try disk.names().filter({ $0.hasPrefix("segment") }).count > segments { break }
        }
        return configuration
    }

    /// The newest two segments whole; of each older one the header and the last frame; the spare's first slots. However many
    /// records the journal holds.
    @Test(arguments: [4, 12]) func readsTheNewestTwoSegmentsAndTheEndsOfTheOthers(segments: Int) throws {
        let disk = SimulatedDisk(seed: 1)
        let configuration = try filled(disk, segments: segments)
        let before = disk.readBytes
        _ = try Journal(opening: disk, configuration: configuration)
        let count = try disk.names().filter { $0.hasPrefix("segment") }.count
        #expect(count == segments + 1)
        let header = 8 * 512
        #expect(disk.readBytes - before <= 2 * Self.segmentBytes + count * (header + 2 * 512) + 4 * header)
    }

    /// Frame by frame, only the newest two segments are walked: each of their frames once.
    @Test(arguments: [4, 12], [false, true]) func walksTheFramesOfTheNewestTwoSegments(
        segments: Int, hasRecycled: Bool
    ) throws {
        let disk = SimulatedDisk(seed: 2)
        let configuration = try filled(disk, segments: segments)
        if hasRecycled {
            // A whole frame of an older segment behind the newest one is not walked.
            let first = disk.contents(SegmentFile.name(1))
            let name = try #require(disk.names().last { $0.hasPrefix("segment") })
            let end = (try #require(disk.contents(name).lastIndex { $0 != 0 })) / 512 + 1
            try disk.write(Array(first[(end * 512)...]), to: name, at: end * 512, durably: true)
        }
        let journal = try Journal(opening: disk, configuration: configuration)
        // Behind the header of the newest segment but one, without the newest header and this life's epoch.
        let newest = journal.segments.suffix(2).map(\.frame.index)
        #expect(journal.segments.count == segments + 1)
        #expect(journal.statistics.walkedFrames == journal.cursor.index - newest[0] - 2)
        #expect(journal.statistics.walkedFrames <= UInt64(2 * Self.segmentBytes / 512))
        #expect(journal.statistics.walkedFrames > UInt64(Self.segmentBytes / 512 / 2))
    }

    /// A tick's outline, read from its first fields, is the one that the whole message gives; so is every other kind's.
    @Test func outlinesAreTheRecordsOwn() throws {
        let script = try JournalScript()
        for signed in script.order {
            #expect(RecordOutline(message: signed.message) == RecordOutline(signed))
        }
        let tick = try #require(script.order.first { $0.record.body.kind == .tick })
        for count in 0..<tick.message.count {
            #expect(RecordOutline(message: Array(tick.message[..<count])) == nil)
        }
        #expect(RecordOutline(message: tick.message + [0]) == nil)
    }

    /// Eight bytes at a time gives what one byte at a time does, at every length and offset.
    @Test func checksumIsTheSameByWords() {
        func plain(_ bytes: ArraySlice<UInt8>) -> UInt32 {
            var value = UInt32.max
            for byte in bytes {
                value ^= UInt32(byte)
                for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
            }
            return ~value
        }
        var random = SeededRandom(seed: 1)
        let bytes = (0..<90).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        for start in 0..<17 {
            for end in start...bytes.count {
                #expect(CRC32C.checksum(bytes[start..<end]) == plain(bytes[start..<end]))
            }
        }
    }
}
