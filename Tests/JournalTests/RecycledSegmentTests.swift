import RecordSamples
import SignedRecords
import SimulatedDisk
import Testing

@testable import Journal

/// A recycled file is full of whole frames of the segment that it was: none of them may ever be believed, nor stand in the way.
///
/// Without a header of its own only the number of the segment, in every frame, tells them apart. Behind the newest frame the
/// number, the index and the hash of the frame before each do; the epoch does not, where one life wrote both.
struct RecycledSegmentTests {
    static let configuration = JournalConfiguration(segmentBytes: 8_192, maximumSegments: 3)

    /// A journal whose spare is a recycled file, in one life.
    private struct Recycled {
        let disk = SimulatedDisk(seed: 1)
        let journal: Journal
        var device: SampleDevice

        init() throws {
            device = try SampleDevice()
            journal = try Journal(opening: disk, configuration: RecycledSegmentTests.configuration)
            try journal.append(device.genesis)
            while journal.firstHere(of: .connector(1)) == 1 {
                for record in try device.session(.connector(1), kilowattHours: 3) { try journal.append(record) }
                for chain in journal.chains {
                    let head = try #require(journal.head(of: chain))
                    try journal.acknowledge(chain: chain, sequence: head.sequence, hash: head.hash)
                }
                try journal.maintain()
            }
            #expect(RecycledSegmentTests.frames(disk.contents(SegmentFile.spare)).count > 8)
        }

        var name: String { SegmentFile.name(journal.cursor.segment) }

        /// The next record of the device's chain, one slot long.
        mutating func next() throws -> SignedRecord {
            try device.append(.device, .event(.faultLatched(FaultLatched(code: 7))))
        }

        /// Appends until the current segment has no slot left; the next record begins the recycled one.
        mutating func fill() throws {
            while Int(journal.cursor.slot) < journal.segmentSlots { try journal.append(next()) }
            try #require(journal.hasSpare)
        }
    }

    /// The whole frames of a file, by the slot where they start.
    private static func frames(_ bytes: [UInt8]) -> [Int: Frame] {
        var frames: [Int: Frame] = [:]
        for slot in 0..<bytes.count / 512 { frames[slot] = Frame.decode(bytes, at: slot * 512, slotBytes: 512)?.frame }
        return frames
    }

    /// The power fails between the file's new name and its new header.
    @Test(arguments: [3, 4], 0..<UInt64(12))
    func aFileWithoutItsNewHeaderIsNoSegment(stop: Int, seed: UInt64) throws {
        var recycled = try Recycled()
        try recycled.fill()
        let disk = recycled.disk.copy(seed: seed)
        let head = try #require(recycled.journal.head(of: .device))
        let journal = try Journal(opening: disk, configuration: Self.configuration)
        // The epoch frame of this life began the recycled segment.
        #expect(journal.cursor.segment == recycled.journal.cursor.segment + 1)
        let torn = recycled.disk.copy(seed: seed)
        // Syncing what was read, then the name, the directory, the header, its flush.
        torn.faults[torn.operations + 1 + stop] = .stop
        #expect(throws: JournalError.self) { try Journal(opening: torn, configuration: Self.configuration) }
        #expect(torn.allNames.contains(SegmentFile.name(journal.cursor.segment)))
        torn.cutPower()
        #expect(Self.frames(torn.contents(SegmentFile.name(journal.cursor.segment))).count > 8)
        let reopened = try Journal(opening: torn, configuration: Self.configuration)
        #expect(reopened.head(of: .device) == head)
        #expect(try reopened.records(of: .device, from: reopened.firstHere(of: .device)).last?.head == head)
    }

    /// A kill behind each of its frames, and a power cut that tore each of them: an old frame stands whole where the next new
    /// one belongs.
    @Test(arguments: 0..<UInt64(12)) func oldFramesNeverGoOnWhereTheNewOnesEnd(seed: UInt64) throws {
        var recycled = try Recycled()
        try recycled.fill()
        try recycled.journal.append(recycled.next())
        let journal = recycled.journal
        let number = journal.cursor.segment
        var met = 0
        while Int(journal.cursor.slot) < journal.segmentSlots {
            let old = Self.frames(recycled.disk.contents(recycled.name))[Int(journal.cursor.slot)]
            if let old {
                met += 1
                #expect(old.segment < number && old.slot == journal.cursor.slot && old.epoch == journal.cursor.epoch)
            }
            let head = try #require(journal.head(of: .device))
            let killed = recycled.disk.copy(seed: seed)
            try check(killed, head: head, stale: 0)
            let record = try recycled.next()
            let cut = recycled.disk.copy(seed: seed)
            let life = try Journal(opening: cut, configuration: Self.configuration)
            if Int(life.cursor.slot) < life.segmentSlots {
                cut.faults[cut.operations + 2] = .stop
                #expect(throws: JournalError.self) { try life.append(record) }
                cut.cutPower()
                let after = try Journal(opening: cut, configuration: Self.configuration)
                #expect([head, record.head].contains(after.head(of: .device)))
            }
            try journal.append(record)
        }
        #expect(met > 4, "no old frame stood at the end of the new ones")
    }

    private func check(_ disk: SimulatedDisk, head: ChainHead, stale: UInt64) throws {
        let reopened = try Journal(opening: disk, configuration: Self.configuration)
        #expect(reopened.head(of: .device) == head)
        #expect(reopened.statistics.staleFrames == stale)
        let reader = try JournalReader(storage: disk)
        #expect(reader.corruption == nil)
        #expect(reader.head(of: .device) == head)
    }
}
