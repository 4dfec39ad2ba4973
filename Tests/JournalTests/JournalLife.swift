import Journal
import RecordSamples
import SignedRecords
import SimulatedDisk

/// One life of a writer on a simulated disk: opens, appends groups of the script, acknowledges, anchors, maintains, until it
/// is stopped or has done enough.
struct JournalLife {
    let script: JournalScript
    let disk: SimulatedDisk
    var random: SeededRandom

    /// Runs the life; returns what the oracle found wrong, or `nil`.
    mutating func run(_ oracle: inout JournalOracle, steps: Int) throws -> String? {
        let journal: Journal
        do { journal = try Journal(opening: disk, configuration: JournalScript.configuration) } catch {
            // A fault of the disk may keep a journal shut; it must never look like corruption.
            if case .storage = error { return nil }
            return "opening threw \(error)"
        }
        // Stopped in what opening leaves for later: there is no disk to judge.
        if disk.isStopped { return nil }
        if let wrong = try oracle.judge(journal) { return wrong }
        for _ in 0..<steps {
            if disk.isStopped { break }
            if let wrong = step(journal, &oracle) { return wrong }
        }
        return nil
    }

    private mutating func step(_ journal: Journal, _ oracle: inout JournalOracle) -> String? {
        switch random.next() % 8 {
        case 0: return acknowledge(journal, &oracle)
        case 1:
            do { try journal.anchor() } catch { return tolerate(error, journal) }
        case 2:
            do { try journal.maintain() } catch { return tolerate(error, journal) }
        default:
            let missing = script.missing(from: journal)
            let group = Array(missing.prefix(1 + Int(random.next() % 4)))
            if group.isEmpty { return nil }
            oracle.willAppend(group)
            do {
                try journal.append(group: group)
                oracle.didAppend(group)
            } catch {
                oracle.didFail(group, journal)
                return tolerate(error, journal)
            }
        }
        return nil
    }

    private mutating func acknowledge(_ journal: Journal, _ oracle: inout JournalOracle) -> String? {
        let chain = ChainNumber(rawValue: UInt32(random.next() % 3))
        guard let head = journal.head(of: chain), head.sequence > 0 else { return nil }
        let sequence = 1 + random.next() % head.sequence
        let hash = script.records[chain]?[Int(sequence) - 1].hash ?? .zero
        oracle.willAcknowledge(chain, sequence)
        do {
            try journal.acknowledge(chain: chain, sequence: sequence, hash: hash)
            oracle.didAcknowledge(chain, sequence)
        } catch {
            return tolerate(error, journal)
        }
        return nil
    }

    /// A stop ends the life; a fault of the disk poisons the journal, which then continues in a fresh segment or not at all.
    private func tolerate(_ error: JournalError, _ journal: Journal) -> String? {
        if disk.isStopped || error == .full { return nil }
        guard case .storage = error else {
            return error == .poisoned ? nil : "threw \(error)"
        }
        if journal.isPoisoned { _ = try? journal.resumeAfterFault() }
        return nil
    }
}
