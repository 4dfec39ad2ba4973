import Journal
import RecordSamples
import SignedRecords
import SimulatedDisk
import Testing

/// The journal on a disk that works: what goes in comes out, over segments, restarts and pruning.
struct JournalTests {
    let script: JournalScript

    init() throws { script = try JournalScript() }

    @Test(arguments: [512, 4_096]) func everythingComesBackAfterRestart(sectorBytes: Int) throws {
        let disk = SimulatedDisk(seed: 1, sectorBytes: sectorBytes)
        let configuration = JournalConfiguration(segmentBytes: sectorBytes * 16, maximumSegments: 8)
        var journal = try Journal(opening: disk, configuration: configuration)
        for record in script.order {
            try journal.append(record)
            try journal.maintain()
        }
        journal = try Journal(opening: disk, configuration: configuration)
        for (chain, records) in script.records {
            #expect(try journal.records(of: chain) == records)
            #expect(journal.head(of: chain) == records.last?.head)
            let middle = try journal.records(of: chain, from: 2, through: 3)
            #expect(middle == Array(records.dropFirst().prefix(2)))
        }
        let reader = try JournalReader(storage: disk)
        #expect(reader.corruption == nil)
        #expect(reader.count == script.order.count)
        let exported = try ExportVerifier.verify(try reader.export())
        #expect(exported.records == script.order.count)
        #expect(try journal.genesis() == script.device.genesis)
    }

    @Test func groupsShareOneFlush() throws {
        let disk = SimulatedDisk(seed: 2)
        let journal = try Journal(opening: disk, configuration: JournalConfiguration(segmentBytes: 1 << 20))
        let before = journal.statistics
        let flushes = disk.flushes
        try journal.append(group: Array(script.order.prefix(8)))
        #expect(journal.statistics.flushes == before.flushes + 1)
        #expect(disk.flushes == flushes + 1)
        #expect(journal.head(of: .device)?.sequence == 2)
    }

    /// DECISIONS: at most 520 bytes and 1.01 flushes a record in a burst of ticks.
    @Test func burstOfTicksCostsOneSlotAndOneFlushEach() throws {
        var device = try SampleDevice()
        let disk = SimulatedDisk(seed: 3)
        let journal = try Journal(opening: disk, configuration: JournalConfiguration(segmentBytes: 1 << 20))
        try journal.append(device.genesis)
        let session = try device.session(.connector(1), kilowattHours: 1_000)
        try journal.append(session[0])
        let ticks = session.dropFirst().prefix(1_000)
        let before = journal.statistics
        let flushesBefore = disk.flushes
        for tick in ticks { try journal.append(tick) }
        let bytes = Double(journal.statistics.frameBytes - before.frameBytes) / 1_000
        let flushes = Double(disk.flushes - flushesBefore) / 1_000
        #expect(bytes <= 520)
        #expect(flushes <= 1.01)
        #expect(journal.statistics.records - before.records == 1_000)
        #expect(journal.statistics.flushes - before.flushes == UInt64(disk.flushes - flushesBefore))
    }

    @Test func refusesWhatDoesNotFollow() throws {
        var device = script.device
        let journal = try Journal(opening: SimulatedDisk(seed: 4))
        let records = script.records[.connector(1)] ?? []
        #expect(throws: JournalError.doesNotFollow(chain: .connector(1), head: 0, sequence: 1)) {
            try journal.append(records[0])
        }
        try journal.append(script.device.genesis)
        #expect(throws: JournalError.doesNotFollow(chain: .device, head: 1, sequence: 1)) {
            try journal.append(script.device.genesis)
        }
        try journal.append(records[0])
        #expect(throws: JournalError.doesNotFollow(chain: .connector(1), head: 1, sequence: 3)) {
            try journal.append(records[2])
        }
        var forked = device.next(.connector(1), records[1].record.body)
        forked.sequence = 2
        forked.previous = .zero
        let fork = try device.append(forked)
        #expect(throws: JournalError.self) { try journal.append(fork) }
        // A group is taken whole or not at all.
        #expect(throws: JournalError.self) { try journal.append(group: [records[1], records[3]]) }
        #expect(journal.head(of: .connector(1))?.sequence == 1)
        try journal.append(group: [records[1], records[2], records[3]])
    }

    @Test func pendingIsSkippedAppendedOrRefused() throws {
        let journal = try Journal(opening: SimulatedDisk(seed: 5))
        let records = script.records[.connector(1)] ?? []
        try journal.append(group: [script.device.genesis, records[0], records[1]])
        #expect(try journal.appendPending(Array(records[1...3])) == 2)
        #expect(journal.head(of: .connector(1)) == records[3].head)
        var other = try SampleDevice(seed: 1)
        _ = try other.append(.connector(1), records[0].record.body)
        let different = try other.append(.connector(1), .event(.faultLatched(FaultLatched(code: 1))))
        #expect(throws: JournalError.equivocation(chain: .connector(1), sequence: 2)) {
            try journal.appendPending([different])
        }
    }

    @Test func rollbackRecordMayFollowAGap() throws {
        var device = script.device
        let disk = SimulatedDisk(seed: 6)
        let journal = try Journal(opening: disk)
        let records = script.records[.connector(1)] ?? []
        try journal.append(group: [device.genesis, records[0], records[1]])
        let body = RollbackDetected(
            journalSequence: 2, journalHash: records[1].hash, provedSequence: 9, ledgerHeight: 50)
        var record = device.next(.connector(1), .rollbackDetected(body))
        record.sequence = 10
        record.previous = RecordHash(hashing: [9])
        var wrong = record
        wrong.sequence = 11
        let refused = try device.append(wrong)
        #expect(throws: JournalError.self) { try journal.append(refused) }
        let rollback = try device.append(record)
        try journal.append(rollback)
        #expect(journal.head(of: .connector(1)) == rollback.head)
        #expect(try journal.openSession(chain: .connector(1)) == nil)
        let reopened = try Journal(opening: disk)
        #expect(try reopened.records(of: .connector(1)).map(\.record.sequence) == [1, 2, 10])
        #expect(try reopened.unacknowledged(of: .connector(1), limit: 2).map(\.record.sequence) == [1, 2])
    }

    @Test func openSessionIsFoundAfterRestart() throws {
        let disk = SimulatedDisk(seed: 7)
        var journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        var device = try SampleDevice()
        try journal.append(device.genesis)
        // So many ticks that begin lies several segments back.
        let session = try device.session(.connector(2), kilowattHours: 40)
        for record in session.dropLast() {
            try journal.append(record)
            try journal.maintain()
        }
        journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        #expect(try journal.openSession(chain: .connector(2)) == session.first)
        #expect(try journal.openSession(chain: .connector(1)) == nil)
        let reader = try JournalReader(storage: disk)
        #expect(try reader.openSession(chain: .connector(2)) == session.first)
        #expect(try reader.session(session[0].record.body.session ?? .zero).count == 41)
        let last = try #require(session.last)
        try journal.append(last)
        #expect(try journal.openSession(chain: .connector(2)) == nil)
    }

    @Test func acknowledgementsSurviveAndAreChecked() throws {
        let disk = SimulatedDisk(seed: 8)
        var journal = try Journal(opening: disk)
        try journal.append(group: script.order)
        let records = script.records[.connector(1)] ?? []
        #expect(throws: JournalError.notOurs(chain: .connector(1), sequence: 3)) {
            try journal.acknowledge(chain: .connector(1), sequence: 3, hash: .zero)
        }
        let beyond = UInt64(records.count + 1)
        #expect(throws: JournalError.notOurs(chain: .connector(1), sequence: beyond)) {
            try journal.acknowledge(chain: .connector(1), sequence: beyond, hash: .zero)
        }
        try journal.acknowledge(chain: .connector(1), sequence: 3, hash: records[2].hash, height: 77)
        let flushes = journal.statistics.flushes
        try journal.acknowledge(chain: .connector(1), sequence: 3, hash: records[2].hash)
        try journal.acknowledge(chain: .connector(1), sequence: 2, hash: records[1].hash)
        #expect(journal.statistics.flushes == flushes)
        journal = try Journal(opening: disk)
        #expect(journal.acknowledged(of: .connector(1)) == 3)
        #expect(journal.acknowledged(of: .connector(2)) == 0)
        #expect(try journal.unacknowledged(of: .connector(1), limit: 2) == Array(records[3...4]))
        #expect(try JournalReader(storage: disk).acknowledged(of: .connector(1)) == 3)
    }

    /// Appends whole sessions until the journal is full; returns how many records went in.
    private func fill(_ journal: Journal, _ device: inout SampleDevice) throws -> Int {
        var count = 0
        while count < 10_000 {
            for record in try device.session(.connector(1), kilowattHours: 3) {
                do { try journal.append(record) } catch JournalError.full { return count }
                count += 1
                // Without acknowledgements nothing can be given up: the journal runs full at last.
                _ = try? journal.maintain()
            }
        }
        return count
    }

    @Test func unacknowledgedRecordsAreNeverPruned() throws {
        let disk = SimulatedDisk(seed: 9)
        var device = try SampleDevice()
        let journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        try journal.append(device.genesis)
        let count = try fill(journal, &device)
        #expect(count > 40)
        #expect(journal.freeRecords == 0)
        #expect(try journal.records(of: .connector(1)).count == count)
        let head = try #require(journal.head(of: .connector(1)))
        let reopened = try Journal(opening: disk, configuration: JournalScript.configuration)
        #expect(reopened.head(of: .connector(1)) == head)
        #expect(reopened.freeRecords == 0)
        #expect(throws: JournalError.full) { try reopened.maintain() }
        // A full journal takes acknowledgements: they are what makes room.
        try reopened.acknowledge(chain: .connector(1), sequence: head.sequence, hash: head.hash)
        try reopened.acknowledge(chain: .device, sequence: 1, hash: device.genesis.hash)
        for _ in 0..<3 {
            try reopened.maintain()
            let next = device.next(.connector(1), .event(.faultLatched(FaultLatched(code: 1))))
            var fitting = next
            let last = try #require(reopened.head(of: .connector(1)))
            fitting.sequence = last.sequence + 1
            fitting.previous = last.hash
            try reopened.append(try device.append(fitting))
        }
    }

    /// Pruning gives up acknowledged segments only, keeps the newest two, and genesis for ever.
    @Test func pruningKeepsWhatIsNeeded() throws {
        let disk = SimulatedDisk(seed: 9)
        var device = try SampleDevice()
        var journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        try journal.append(device.genesis)
        try journal.acknowledge(chain: .device, sequence: 1, hash: device.genesis.hash)
        var last = device.genesis
        for _ in 0..<30 {
            for record in try device.session(.connector(1), kilowattHours: 3) {
                try journal.append(record)
                last = record
            }
            try journal.acknowledge(chain: .connector(1), sequence: last.record.sequence, hash: last.hash)
            try journal.maintain()
        }
        let names = try disk.names().filter { $0.hasPrefix("segment") }
        #expect(names.count <= 4)
        #expect(names.first != "segment-0000000000000001.evj")
        #expect(throws: JournalError.notHere(chain: .connector(1), sequence: 1)) {
            try journal.records(of: .connector(1), from: 1, through: 1)
        }
        journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        #expect(journal.head(of: .connector(1)) == last.head)
        #expect(try journal.genesis() == device.genesis)
        let reader = try JournalReader(storage: disk)
        #expect(reader.corruption == nil)
        #expect(try reader.identityRecords() == [device.genesis])
        #expect(try reader.records(of: .device) == [device.genesis])
        try journal.scrub()
    }

    @Test func missingUnacknowledgedSegmentIsNoticed() throws {
        let disk = SimulatedDisk(seed: 12)
        var device = try SampleDevice()
        let journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        try journal.append(device.genesis)
        _ = try fill(journal, &device)
        let names = try disk.names().filter { $0.hasPrefix("segment") }
        #expect(names.count == 4)
        let middle = disk.copy(seed: 1)
        try middle.remove(names[1])
        #expect(throws: JournalError.missingSegment(2)) {
            try Journal(opening: middle, configuration: JournalScript.configuration)
        }
        let front = disk.copy(seed: 1)
        try front.remove(names[0])
        #expect(throws: JournalError.missingSegment(1)) {
            try Journal(opening: front, configuration: JournalScript.configuration)
        }
    }

    @Test func idleAnchorIsWrittenOnce() throws {
        let disk = SimulatedDisk(seed: 10)
        let journal = try Journal(opening: disk)
        try journal.append(script.device.genesis)
        let flushes = journal.statistics.flushes
        try journal.anchor()
        try journal.anchor()
        #expect(journal.statistics.flushes == flushes + 1)
        #expect(journal.statistics.anchors == 1)
    }

    @Test func refusesADiskWithLargerSectors() throws {
        let disk = SimulatedDisk(seed: 11)
        _ = try Journal(opening: disk)
        let larger = SimulatedDisk(seed: 11, sectorBytes: 4_096)
        for name in try disk.names() {
            try larger.create(name)
            try larger.write(disk.contents(name), to: name, at: 0, durably: true)
        }
        #expect(throws: JournalError.wrongGeometry(slotBytes: 512, sectorBytes: 4_096)) {
            try Journal(opening: larger)
        }
    }
}
