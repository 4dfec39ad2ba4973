import Journal
import RecordSamples
import SignedRecords
import SimulatedDisk
import Testing

/// How long segments are kept, and the scrubbing of what is kept.
struct RetentionTests {
    private static let day: Int64 = 86_400_000

    /// Sessions until so many segments were begun; everything acknowledged, if asked for. Answers the newest record's time.
    private func filled(_ disk: SimulatedDisk, segments: UInt64, acknowledges: Bool, maximum: Int = 20) throws
        -> Journal
    {
        var device = try SampleDevice()
        let configuration = JournalConfiguration(segmentBytes: 8_192, maximumSegments: maximum, retentionDays: 10)
        let journal = try Journal(opening: disk, configuration: configuration)
        try journal.append(device.genesis)
        while try UInt64(disk.names().filter { $0.hasPrefix("segment") }.count) < segments {
            for record in try device.session(.connector(1), kilowattHours: 3) { try journal.append(record) }
            for chain in journal.chains where acknowledges {
                let head = try #require(journal.head(of: chain))
                try journal.acknowledge(chain: chain, sequence: head.sequence, hash: head.hash)
            }
            try journal.maintain()
        }
        return journal
    }

    private func newest(_ journal: Journal) throws -> Int64 {
        try #require(try journal.records(of: .connector(1)).last?.record.time.utc?.rawValue)
    }

    @Test func acknowledgedSegmentsGoWhenTheyAreOldAndNotBefore() throws {
        let disk = SimulatedDisk(seed: 1)
        let journal = try filled(disk, segments: 5, acknowledges: true)
        let now = try newest(journal)
        try journal.maintain(now: UTCMilliseconds(now + 9 * Self.day))
        try journal.maintain()
        #expect(journal.firstHere(of: .connector(1)) == 1)
        // One at a time, and never the newest two.
        for left in [4, 3, 2, 2] {
            try journal.maintain(now: UTCMilliseconds(now + 11 * Self.day))
            #expect(try disk.names().filter { $0.hasPrefix("segment") }.count == left)
        }
        let reopened = try Journal(opening: disk)
        #expect(reopened.firstHere(of: .connector(1)) > 1)
        #expect(try reopened.genesis() != nil)
    }

    @Test func unacknowledgedSegmentsStayHoweverOld() throws {
        let disk = SimulatedDisk(seed: 2)
        let journal = try filled(disk, segments: 5, acknowledges: false)
        let now = try newest(journal)
        for _ in 0..<4 { try journal.maintain(now: UTCMilliseconds(now + 10_000 * Self.day)) }
        #expect(journal.firstHere(of: .connector(1)) == 1)
        #expect(journal.segmentsOfRoom == 15)
    }

    @Test func shortSpaceTakesYoungAcknowledgedSegments() throws {
        let disk = SimulatedDisk(seed: 3)
        let journal = try filled(disk, segments: 5, acknowledges: true)
        #expect(journal.segmentsOfRoom == 18)
        // The disk has no room for another spare, only for a few kept records: what is acknowledged makes it.
        disk.capacity = try disk.names().reduce(0) { $0 + disk.contents($1).count } + 8_000
        for chain in journal.chains {
            let head = try #require(journal.head(of: chain))
            try journal.acknowledge(chain: chain, sequence: head.sequence, hash: head.hash)
        }
        var device = try SampleDevice()
        // Use up the spare; its successor comes out of the oldest segment.
        for _ in 0..<30 {
            let head = try #require(journal.head(of: .connector(1)))
            var record = device.next(.connector(1), .event(.faultLatched(FaultLatched(code: 1))))
            record.sequence = head.sequence + 1
            record.previous = head.hash
            let signed = try device.append(record)
            try journal.append(signed)
            try journal.acknowledge(chain: .connector(1), sequence: signed.record.sequence, hash: signed.hash)
            try journal.maintain()
        }
        #expect(journal.firstHere(of: .connector(1)) > 1)
    }

    @Test func roomCountsDownAndComesBack() throws {
        let disk = SimulatedDisk(seed: 4)
        let journal = try filled(disk, segments: 3, acknowledges: false, maximum: 4)
        #expect(journal.segmentsOfRoom == 1)
        for chain in journal.chains {
            let head = try #require(journal.head(of: chain))
            try journal.acknowledge(chain: chain, sequence: head.sequence, hash: head.hash)
        }
        #expect(journal.segmentsOfRoom == 2)
    }

    /// Each call reads one segment, the next one, and begins again; what rotted is found in one round.
    @Test func scrubbingGoesRound() throws {
        let disk = SimulatedDisk(seed: 5)
        let journal = try filled(disk, segments: 5, acknowledges: true)
        for _ in 0..<9 {
            let before = disk.readBytes
            try journal.scrubNext()
            #expect(disk.readBytes - before == 8_192)
        }
        for number in 1...4 {
            let rotten = disk.copy(seed: 1)
            let opened = try Journal(opening: rotten, configuration: JournalConfiguration(segmentBytes: 8_192))
            rotten.rot("segment-000000000000000\(number).evj", byte: 5 * 512 + 80, bit: 1)
            var found: JournalError?
            for _ in 0..<4 { do { try opened.scrubNext() } catch { found = error } }
            guard case .corrupt(UInt64(number), let slot, _)? = found else {
                Issue.record("segment \(number): \(String(describing: found))")
                continue
            }
            #expect((4...5).contains(slot))
        }
    }
}
