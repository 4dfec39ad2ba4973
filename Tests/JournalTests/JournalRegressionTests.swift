import Journal
import RecordSamples
import SignedRecords
import SimulatedDisk
import Testing

/// What random histories found (`journal-soak`), each as a case of its own.
struct JournalRegressionTests {
    let script: JournalScript

    init() throws { script = try JournalScript() }

    private static let first = "segment-0000000000000001.evj"

    /// An unreadable sector where the newest record is: not a torn tail that may be written over.
    @Test func anUnreadableLastRecordIsNoTornWrite() throws {
        let disk = SimulatedDisk(seed: 1)
        let journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        try journal.append(group: Array(script.order.prefix(3)))
        let bytes = disk.contents(Self.first)
        let last = (try #require(bytes.lastIndex { $0 != 0 })) / 512
        disk.unreadable[Self.first] = [last * 512]
        let operations = disk.operations
        #expect(throws: JournalError.unreadable(segment: 1, slot: UInt32(last), errno: 5)) {
            try Journal(opening: disk, configuration: JournalScript.configuration)
        }
        #expect(disk.operations == operations)
        // Readable again: everything is there.
        disk.unreadable = [:]
        let reopened = try Journal(opening: disk, configuration: JournalScript.configuration)
        #expect(script.missing(from: reopened).count == script.order.count - 3)
    }

    /// A header that cannot be read is no segment that was never begun.
    @Test func anUnreadableHeaderIsNoUnbornSegment() throws {
        let disk = SimulatedDisk(seed: 2)
        let journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        try journal.append(script.order[0])
        disk.unreadable[Self.first] = Set((0..<3).map { $0 * 512 })
        #expect(throws: JournalError.unreadable(segment: 1, slot: 0, errno: 5)) {
            try Journal(opening: disk, configuration: JournalScript.configuration)
        }
        #expect(try disk.names().contains(Self.first))
    }

    /// A reported error that goes away is no rot: the next opening goes on.
    @Test func readErrorsThatGoAwayAreNoCorruption() throws {
        let disk = SimulatedDisk(seed: 3)
        let journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        for record in script.order.prefix(30) {
            try journal.append(record)
            try journal.maintain()
        }
        try journal.anchor()
        let reads = try readsOfOpening(disk)
        #expect(reads > 8)
        for number in 1...reads {
            let copy = disk.copy(seed: 4)
            copy.readFaults[copy.reads + number] = 5
            do { _ = try Journal(opening: copy, configuration: JournalScript.configuration) } catch {
                switch error {
                case .unreadable, .storage: break
                default: Issue.record("read \(number): \(error)")
                }
            }
            copy.readFaults = [:]
            let reopened = try Journal(opening: copy, configuration: JournalScript.configuration)
            #expect(script.missing(from: reopened).count == script.order.count - 30, "read \(number)")
        }
    }

    private func readsOfOpening(_ disk: SimulatedDisk) throws -> Int {
        let copy = disk.copy(seed: 4)
        _ = try Journal(opening: copy, configuration: JournalScript.configuration)
        return copy.reads
    }

    /// The newest record landed one sector further on: the whole frame in a slot that is not its own tells.
    @Test func aMisdirectedLastWriteIsNamed() throws {
        let disk = SimulatedDisk(seed: 5)
        let journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        try journal.append(group: Array(script.order.prefix(2)))
        let used = (try #require(disk.contents(Self.first).lastIndex { $0 != 0 })) / 512 + 1
        disk.faults[disk.operations + 1] = .misdirectedWrite
        try journal.append(script.order[2])
        #expect(throws: JournalError.corrupt(segment: 1, slot: UInt32(used), what: .unreadable)) {
            try Journal(opening: disk, configuration: JournalScript.configuration)
        }
    }

    /// The directory's flush was dropped, and with the power the new segment's name: its records stand in the spare.
    @Test func aSegmentThatLostItsNameIsNamed() throws {
        var named = 0
        let rehearsal = SimulatedDisk(seed: 0)
        let journal = try Journal(opening: rehearsal, configuration: JournalScript.configuration)
        var count = 0
        while try !rehearsal.names().contains("segment-0000000000000002.evj") {
            try journal.append(script.order[count])
            count += 1
        }
        for seed in UInt64(0)..<30 {
            let disk = SimulatedDisk(seed: seed)
            let journal = try Journal(opening: disk, configuration: JournalScript.configuration)
            for record in script.order.prefix(count - 1) { try journal.append(record) }
            // The record that starts the segment: the flush of the names comes after the rename.
            disk.faults = [disk.operations + 2: .droppedFlush]
            try journal.append(script.order[count - 1])
            #expect(disk.lies == [.droppedFlush])
            disk.cutPower()
            do {
                let reopened = try Journal(opening: disk, configuration: JournalScript.configuration)
                #expect(script.missing(from: reopened).count == script.order.count - count, "seed \(seed)")
            } catch {
                #expect(error == .corrupt(segment: 2, slot: 0, what: .header), "seed \(seed)")
                named += 1
            }
        }
        #expect(named > 3)
    }

    /// The signer learns what is durable only when it signs again: it may hold a message whose segment is pruned by now.
    @Test func aPendingMessageMayBePrunedByNow() throws {
        let disk = SimulatedDisk(seed: 6)
        var device = try SampleDevice()
        let journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        try journal.append(device.genesis)
        while journal.firstHere(of: .device) == 1 {
            for record in try device.session(.connector(1), kilowattHours: 3) { try journal.append(record) }
            for chain in journal.chains {
                let head = try #require(journal.head(of: chain))
                try journal.acknowledge(chain: chain, sequence: head.sequence, hash: head.hash)
            }
            try journal.maintain()
        }
        #expect(try journal.appendPending([device.genesis]) == 0)
    }
}
