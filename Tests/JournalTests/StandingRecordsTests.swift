import Quantities
import RecordSamples
import SignedRecords
import SimulatedDisk
import Testing

@testable import Journal

/// Standing records and counts of sessions: held against a plain scan of the whole chain, over restarts and prunes.
struct StandingRecordsTests {
    /// What stands by the words of docs/format.md, from all records ever written.
    private func expected(_ records: [SignedRecord]) -> [SignedRecord] {
        var newest: [String: SignedRecord] = [:]
        for signed in records {
            switch signed.record.body {
            case .begin, .meterChange:
                newest["meter"] = signed
                newest["register"] = signed
            case .tick, .end, .gap, .rollover, .reset: newest["register"] = signed
            case .event(.faultLatched(let fault)): newest["fault \(fault.code)"] = signed
            case .event(.faultCleared(let fault)): newest["fault \(fault.code)"] = nil
            case .event(.wear): newest["wear"] = signed
            case .event(.residualSelfTest(let test)): newest["test \(test.part)"] = signed
            case .event(.configurationChange(let change)): newest["configuration \(change.subject)"] = signed
            case .clockStep: newest["clock"] = signed
            case .firmwareChange: newest["firmware"] = signed
            case .checkpoint: newest["checkpoint"] = signed
            case .rollbackDetected: newest["rollback"] = signed
            default: break
            }
        }
        return Set(newest.values).sorted { $0.record.sequence < $1.record.sequence }
    }

    private func randomBody(_ random: inout SeededRandom, device: Bool) -> RecordBody {
        let code = UInt16(random.next() % 5)
        switch random.next() % 6 {
        case 0: return .event(.faultCleared(FaultCleared(code: code, by: .condition)))
        case 1 where device:
            return .event(
                .configurationChange(
                    ConfigurationChange(subject: "meter \(code)", before: .zero, after: ContentHash(hashing: [1]))))
        case 1:
            return .event(
                .wear(
                    Wear(
                        operations: UInt32(code), openingsUnderLoad: 0, closingMicroseconds: 1, openingMicroseconds: 1,
                        usedLife: 0)))
        case 2 where device:
            return .clockStep(
                ClockStep(before: nil, after: UTCMilliseconds(Int64(code) + 1), source: .timeService))
        case 2:
            let part: ResidualSelfTest.Part = code > 2 ? .direct : .alternating
            return .event(.residualSelfTest(ResidualSelfTest(part: part, passed: true, tripMicroseconds: 9)))
        default: return .event(.faultLatched(FaultLatched(code: code)))
        }
    }

    @Test(arguments: UInt64(1)...8) func standsWhatAScanOfTheWholeChainSays(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let disk = SimulatedDisk(seed: seed)
        var device = try SampleDevice()
        var written: [ChainNumber: [SignedRecord]] = [.device: [device.genesis]]
        var journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        try journal.append(device.genesis)
        var ends: UInt64 = 0
        for _ in 0..<120 {
            let chain: ChainNumber = random.oneIn(3) ? .device : .connector(1)
            var fresh: [SignedRecord]
            if chain != .device, random.oneIn(8) {
                fresh = try device.session(chain, kilowattHours: 1 + UInt32(random.next() % 4))
                ends += 1
            } else {
                fresh = [try device.append(chain, randomBody(&random, device: chain == .device))]
            }
            for record in fresh { try journal.append(record) }
            written[chain, default: []] += fresh
            for chain in journal.chains {
                let head = try #require(journal.head(of: chain))
                try journal.acknowledge(chain: chain, sequence: head.sequence, hash: head.hash)
            }
            _ = try? journal.maintain()
            if random.oneIn(10) {
                if random.oneIn(2) { disk.cutPower() } else { disk.killProcess() }
                journal = try Journal(opening: disk, configuration: JournalScript.configuration)
            }
            for (chain, records) in written {
                #expect(try journal.standing(of: chain) == expected(records), "seed \(seed), chain \(chain)")
            }
            #expect(journal.endedSessions(of: .connector(1)) == ends)
        }
        // Most of it was given up long ago.
        #expect(try disk.names().contains(KeptRecords.standing.name))
        #expect(journal.firstHere(of: .connector(1)) > 20)
    }

    /// A weld that latched and a wear record from before everything that is still here: the start must not forget them.
    @Test func aLatchedFaultOutlivesItsSegment() throws {
        let disk = SimulatedDisk(seed: 1)
        var device = try SampleDevice()
        var journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        try journal.append(device.genesis)
        let weld = try device.append(.connector(1), .event(.faultLatched(FaultLatched(code: 7))))
        try journal.append(weld)
        try fill(&journal, &device, sessions: 20)
        #expect(journal.firstHere(of: .connector(1)) > 1)
        #expect(try journal.standing(of: .connector(1)).first == weld)
        journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        #expect(try journal.standing(of: .connector(1)).first == weld)
        let cleared = FaultCleared(code: 7, by: .technician, technician: ContentHash(hashing: [1]))
        try journal.append(try device.append(.connector(1), .event(.faultCleared(cleared))))
        #expect(try !journal.standing(of: .connector(1)).contains(weld))
        try fill(&journal, &device, sessions: 20)
        // Superseded: it is kept no more.
        #expect(try !KeptRecords.standing.read(disk).contains(weld))
    }

    /// Every byte of the two files of kept records: a flipped one is refused by name, a lost file by the slot.
    @Test func keptRecordsThatChangedAreRefused() throws {
        let disk = SimulatedDisk(seed: 2)
        var device = try SampleDevice()
        var journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        try journal.append(device.genesis)
        try journal.append(try device.append(.connector(1), .event(.faultLatched(FaultLatched(code: 7)))))
        try fill(&journal, &device, sessions: 20)
        for byte in disk.contents(KeptRecords.standing.name).indices {
            let rotten = disk.copy(seed: 1)
            rotten.rot(KeptRecords.standing.name, byte: byte, bit: UInt8(byte % 8))
            let opened = try Journal(opening: rotten, configuration: JournalScript.configuration)
            #expect(throws: JournalError.keptRecords(name: "standing.cborseq")) {
                try opened.standing(of: .connector(1))
            }
        }
        for byte in disk.contents(KeptRecords.identity.name).indices {
            let rotten = disk.copy(seed: 1)
            rotten.rot(KeptRecords.identity.name, byte: byte, bit: UInt8(byte % 8))
            let opened = try Journal(opening: rotten, configuration: JournalScript.configuration)
            #expect(throws: JournalError.keptRecords(name: "identity.cborseq")) { try opened.identityRecords() }
        }
        let lost = disk.copy(seed: 1)
        try lost.remove(KeptRecords.standing.name)
        let opened = try Journal(opening: lost, configuration: JournalScript.configuration)
        #expect(throws: JournalError.corrupt(segment: 1, slot: 3, what: .notKept)) {
            try opened.standing(of: .connector(1))
        }
    }

    @Test func standingRecordThatRottedInItsSlotIsNamed() throws {
        let disk = SimulatedDisk(seed: 3)
        var device = try SampleDevice()
        var journal = try Journal(opening: disk, configuration: JournalConfiguration(segmentBytes: 8_192))
        try journal.append(device.genesis)
        try journal.append(try device.append(.connector(1), .event(.faultLatched(FaultLatched(code: 7)))))
        try fill(&journal, &device, sessions: 20)
        disk.rot("segment-0000000000000001.evj", byte: 3 * 512 + 90, bit: 2)
        let opened = try Journal(opening: disk, configuration: JournalConfiguration(segmentBytes: 8_192))
        #expect(throws: JournalError.corrupt(segment: 1, slot: 3, what: .unreadable)) {
            try opened.standing(of: .connector(1))
        }
    }

    /// Reading what stands reads a slot each, not the chain.
    @Test func readsASlotEach() throws {
        let disk = SimulatedDisk(seed: 4)
        var device = try SampleDevice()
        let configuration = JournalConfiguration(segmentBytes: 8_192, maximumSegments: 60)
        var journal = try Journal(opening: disk, configuration: configuration)
        try journal.append(device.genesis)
        for code in UInt16(1)...6 {
            try journal.append(try device.append(.connector(1), .event(.faultLatched(FaultLatched(code: code)))))
        }
        try fill(&journal, &device, sessions: 40)
        #expect(journal.firstHere(of: .connector(1)) == 1)
        journal = try Journal(opening: disk, configuration: configuration)
        let before = disk.readBytes
        #expect(try journal.standing(of: .connector(1)).count == 8)
        #expect(disk.readBytes - before <= 8 * 3 * 512)
    }

    /// The bound on what stands: configuration digests give way first, latched faults last.
    @Test func faultsAreDisplacedLast() {
        var standing = StandingRecords()
        func apply(_ key: StandingKey, _ sequence: UInt64) {
            standing.apply(.stands([key]), at: StandingPlace(sequence: sequence, segment: 1, slot: 1))
        }
        for code in UInt32(0)..<44 { apply(StandingKey(.fault, code), UInt64(code) + 1) }
        apply(StandingKey(.wear), 50)
        for subject in UInt32(0)..<99 { apply(StandingKey(.configuration, subject), 100 + UInt64(subject)) }
        #expect(standing.places.count == StandingRecords.limit)
        #expect(standing.places.keys.filter { $0.subject == .fault }.count == 44)
        #expect(standing.places[StandingKey(.wear)] != nil)
        // The newest configurations stayed.
        #expect(standing.places[StandingKey(.configuration, 98)] != nil)
        #expect(standing.places[StandingKey(.configuration, 0)] == nil)
    }

    @Test func ordinalsOfSessionsCountThePrunedOnes() throws {
        let disk = SimulatedDisk(seed: 5)
        var device = try SampleDevice()
        var journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        try journal.append(device.genesis)
        var sessions: [SessionID] = []
        for _ in 0..<20 {
            sessions += try fill(&journal, &device, sessions: 1)
        }
        let open = try device.session(.connector(1), kilowattHours: 2).dropLast()
        for record in open { try journal.append(record) }
        let reader = try JournalReader(storage: disk)
        #expect(reader.endedSessions(of: .connector(1)) == 20)
        #expect(journal.endedSessions(of: .connector(1)) == 20)
        #expect(try reader.ordinal(of: sessions[0]) == nil)
        #expect(try reader.ordinal(of: sessions[19]) == 20)
        #expect(try reader.ordinal(of: sessions[18]) == 19)
        #expect(try reader.ordinal(of: try #require(open.first?.record.body.session)) == nil)
    }

    /// A long session that runs: its begin stays, however much is acknowledged.
    @Test func theRecordsOfARunningSessionAreNotPruned() throws {
        let disk = SimulatedDisk(seed: 6)
        var device = try SampleDevice()
        let journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        try journal.append(device.genesis)
        let session = try device.session(.connector(1), kilowattHours: 100)
        var full = false
        for record in session.dropLast() {
            do { try journal.append(record) } catch JournalError.full {
                full = true
                break
            }
            try journal.acknowledge(chain: .connector(1), sequence: record.record.sequence, hash: record.hash)
            _ = try? journal.maintain()
        }
        #expect(full)
        #expect(try journal.openSession(chain: .connector(1)) == session.first)
        let reopened = try Journal(opening: disk, configuration: JournalScript.configuration)
        #expect(try reopened.openSession(chain: .connector(1)) == session.first)
    }

    @discardableResult
    private func fill(
        _ journal: inout Journal, _ device: inout SampleDevice, sessions: Int
    ) throws -> [SessionID] {
        var all: [SessionID] = []
        for _ in 0..<sessions {
            let session = try device.session(.connector(1), kilowattHours: 3)
            for record in session { try journal.append(record) }
            all += session.first?.record.body.session.map { [$0] } ?? []
            for chain in journal.chains {
                guard let head = journal.head(of: chain) else { continue }
                try journal.acknowledge(chain: chain, sequence: head.sequence, hash: head.hash)
            }
            try journal.maintain()
        }
        return all
    }
}
