import Foundation
import Journal
import RecordSamples
import SignedRecords
import SimulatedDisk
import Testing

/// Faults of class 1: power cuts, kills, errors, full disks, short writes. Nothing durable is lost, nothing comes twice,
/// nothing comes that was disowned, and no number is left out.
struct JournalFaultTests {
    let script: JournalScript

    init() throws { script = try JournalScript() }

    /// The scenario of the exhaustive tests: every kind of write, over several segments and a prune.
    private func scenario(_ disk: SimulatedDisk, _ oracle: inout JournalOracle) throws {
        let journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        var rest = script.order[...]
        var turn = 0
        while !rest.isEmpty {
            let group = Array(rest.prefix(1 + turn % 3))
            oracle.willAppend(group)
            try journal.append(group: group)
            oracle.didAppend(group)
            rest = rest.dropFirst(group.count)
            turn += 1
            if turn.isMultiple(of: 4) {
                for chain in journal.chains {
                    guard let head = journal.head(of: chain) else { continue }
                    oracle.willAcknowledge(chain, head.sequence)
                    try journal.acknowledge(chain: chain, sequence: head.sequence, hash: head.hash)
                    oracle.didAcknowledge(chain, head.sequence)
                }
            }
            if turn.isMultiple(of: 5) { try journal.anchor() }
            try journal.maintain()
        }
        try journal.anchor()
    }

    private func operationsOfScenario() throws -> Int {
        let disk = SimulatedDisk(seed: 0)
        var oracle = JournalOracle()
        try scenario(disk, &oracle)
        return disk.operations
    }

    /// Opens after a fault, judges, finishes the script, and checks that everything is there once.
    private func finish(_ disk: SimulatedDisk, _ oracle: inout JournalOracle, _ place: String) throws {
        let journal: Journal
        do { journal = try Journal(opening: disk, configuration: JournalScript.configuration) } catch {
            Issue.record("\(place): opening threw \(error)")
            return
        }
        if let wrong = try oracle.judge(journal) { Issue.record("\(place): \(wrong)") }
        for record in script.missing(from: journal) {
            try journal.append(record)
            for chain in journal.chains {
                guard let head = journal.head(of: chain) else { continue }
                try journal.acknowledge(chain: chain, sequence: head.sequence, hash: head.hash)
            }
            try journal.maintain()
        }
        for (chain, records) in script.records {
            #expect(journal.head(of: chain) == records.last?.head, "\(place)")
        }
        let reader = try JournalReader(storage: disk)
        #expect(reader.corruption == nil, "\(place)")
    }

    @Test func stopAfterEveryOperation() throws {
        let count = try operationsOfScenario()
        #expect(count > 100)
        for stop in 1...count {
            for way in 0..<4 {
                let disk = SimulatedDisk(seed: UInt64(stop * 10 + way))
                disk.faults[stop] = .stop
                var oracle = JournalOracle()
                _ = try? scenario(disk, &oracle)
                #expect(disk.isStopped)
                if way == 0 { disk.killProcess() } else { disk.cutPower() }
                try finish(disk, &oracle, "stop \(stop), way \(way)")
            }
        }
    }

    /// A second fault while the journal recovers from the first.
    @Test func stopAgainWhileRecovering() throws {
        let count = try operationsOfScenario()
        for stop in stride(from: 1, through: count, by: 3) {
            for again in 1...12 {
                let disk = SimulatedDisk(seed: UInt64(stop * 100 + again))
                disk.faults[stop] = .stop
                var oracle = JournalOracle()
                _ = try? scenario(disk, &oracle)
                if again.isMultiple(of: 2) { disk.killProcess() } else { disk.cutPower() }
                disk.faults[disk.operations + again] = .stop
                if let journal = try? Journal(opening: disk, configuration: JournalScript.configuration) {
                    if !disk.isStopped, let wrong = try oracle.judge(journal) {
                        Issue.record("\(stop), \(again): \(wrong)")
                    }
                    let rest = Array(script.missing(from: journal).prefix(3))
                    oracle.willAppend(rest)
                    if (try? journal.append(group: rest)) != nil { oracle.didAppend(rest) }
                }
                disk.cutPower()
                try finish(disk, &oracle, "stop \(stop), then \(again)")
            }
        }
    }

    /// A failed operation of every number: the journal refuses, goes on in a fresh segment, and loses nothing.
    @Test(arguments: [Int32(5), 28]) func failureOfEveryOperation(code: Int32) throws {
        let count = try operationsOfScenario()
        for number in 1...count {
            let disk = SimulatedDisk(seed: UInt64(number))
            disk.faults[number] = number.isMultiple(of: 3) ? .shortWrite : .failure(code)
            var oracle = JournalOracle()
            _ = try? scenario(disk, &oracle)
            disk.cutPower()
            try finish(disk, &oracle, "failure at \(number)")
        }
    }

    /// 600 histories; 8000 where `WATTSEAL_LONG` is set.
    @Test(arguments: 0..<8) func randomHistories(batch: UInt64) throws {
        let isLong = ProcessInfo.processInfo.environment["WATTSEAL_LONG"] != nil
        for number in 0..<(isLong ? 1_000 : 75) {
            let seed = 0x5EED_0000 + batch * 10_000 + UInt64(number)
            if let wrong = try history(seed) { Issue.record("seed \(seed): \(wrong)") }
        }
    }

    /// Six lives, each ended by a power cut or a kill at a random operation, with failures in between.
    private func history(_ seed: UInt64) throws -> String? {
        var random = SeededRandom(seed: seed)
        let disk = SimulatedDisk(seed: random.next())
        var oracle = JournalOracle()
        for _ in 0..<6 {
            let first = disk.operations + 1
            disk.faults[first + Int(random.next() % 40)] = .stop
            if random.oneIn(3) {
                disk.faults[first + Int(random.next() % 30)] = random.oneIn(2) ? .failure(5) : .shortWrite
            }
            if random.oneIn(6) { disk.capacity = 4 * 8_192 } else { disk.capacity = .max }
            var life = JournalLife(script: script, disk: disk, random: SeededRandom(seed: random.next()))
            if let wrong = try life.run(&oracle, steps: 12) { return wrong }
            if random.oneIn(4) { disk.killProcess() } else { disk.cutPower() }
        }
        disk.capacity = .max
        var last = JournalLife(script: script, disk: disk, random: SeededRandom(seed: random.next()))
        return try last.run(&oracle, steps: 1)
    }

    /// Frames of an earlier life that stand behind the tail never come back, though every byte of them is right.
    @Test func epochDisownsStaleFrames() throws {
        let records = Array(script.order.prefix(12))
        let disk = SimulatedDisk(seed: 1)
        let whole = try Journal(opening: disk, configuration: JournalScript.configuration)
        try whole.append(group: Array(records.prefix(3)))
        let name = "segment-0000000000000001.evj"
        let before = disk.contents(name)
        try whole.append(group: Array(records[3..<6]))
        // The group's first frame was lost, the two behind it were written: a torn group that was never durable.
        let torn = disk.copy(seed: 2)
        var bytes = disk.contents(name)
        let frame = firstDifference(before, bytes) / 512 * 512
        bytes.replaceSubrange(frame..<frame + 512, with: [UInt8](repeating: 0, count: 512))
        try torn.write(bytes, to: name, at: 0, durably: true)
        let next = try Journal(opening: torn, configuration: JournalScript.configuration)
        #expect(next.statistics.staleFrames == 2)
        #expect(next.head(of: records[2].record.chain) == records[2].head)
        // The same record again, the same bytes; only the epoch tells the stale frame behind it from its successor.
        try next.append(records[3])
        let again = try Journal(opening: torn, configuration: JournalScript.configuration)
        #expect(script.missing(from: again).first == records[4])
    }

    private func firstDifference(_ left: [UInt8], _ right: [UInt8]) -> Int {
        for index in left.indices where left[index] != right[index] { return index }
        return left.count
    }

    @Test func failedWritePoisonsUntilAFreshSegmentHolds() throws {
        let disk = SimulatedDisk(seed: 3)
        let journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        try journal.append(group: Array(script.order.prefix(3)))
        disk.faults[disk.operations + 2] = .failure(5)
        #expect(throws: JournalError.self) { try journal.append(script.order[3]) }
        #expect(journal.isPoisoned)
        let operations = disk.operations
        #expect(throws: JournalError.poisoned) { try journal.append(script.order[3]) }
        #expect(throws: JournalError.poisoned) { try journal.anchor() }
        #expect(throws: JournalError.poisoned) { try journal.acknowledge(chain: .device, sequence: 1, hash: .zero) }
        // Nothing was tried on the failed segment again.
        #expect(disk.operations == operations)
        try journal.resumeAfterFault()
        #expect(try disk.names().contains("segment-0000000000000002.evj"))
        try journal.append(group: Array(script.order[3..<6]))
        let reopened = try Journal(opening: disk, configuration: JournalScript.configuration)
        #expect(script.missing(from: reopened).first == script.order[6])
    }

    @Test func fullDiskStopsTheSaleAndNothingElse() throws {
        let disk = SimulatedDisk(seed: 4)
        let journal = try Journal(opening: disk, configuration: JournalScript.configuration)
        disk.capacity = 2 * 8_192
        try journal.append(script.device.genesis)
        var appended = 1
        for record in script.order.dropFirst() {
            do { try journal.append(record) } catch {
                #expect(error == .full)
                break
            }
            appended += 1
        }
        #expect(appended > 10)
        #expect(throws: JournalError.storage(StorageFault(.write, "spare.new", errno: 28))) { try journal.maintain() }
        #expect(journal.freeRecords == 0)
        disk.capacity = .max
        try journal.maintain()
        try journal.append(script.order[appended])
        let reopened = try Journal(opening: disk, configuration: JournalScript.configuration)
        #expect(script.missing(from: reopened).count == script.order.count - appended - 1)
    }
}
