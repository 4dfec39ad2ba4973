import Journal
import SignedRecords
import Testing

/// What a journal must and may hold, known from outside: the judge of every fault test.
///
/// Durable is what an append returned for, or what an opening has shown (from then on it may have been published). Anything
/// else that an opening shows must have been tried since the opening before: all older attempts are disowned.
struct JournalOracle {
    /// By chain, the hashes by sequence from 1.
    private(set) var durable: [ChainNumber: [RecordHash]] = [:]
    private(set) var acknowledged: [ChainNumber: UInt64] = [:]
    private var attempted: Set<RecordHash> = []
    private var attemptedAcknowledgements: [ChainNumber: UInt64] = [:]

    mutating func willAppend(_ group: [SignedRecord]) { attempted.formUnion(group.map(\.hash)) }

    mutating func didAppend(_ group: [SignedRecord]) {
        for signed in group { durable[signed.record.chain, default: []].append(signed.hash) }
    }

    mutating func willAcknowledge(_ chain: ChainNumber, _ sequence: UInt64) {
        attemptedAcknowledgements[chain] = max(sequence, attemptedAcknowledgements[chain] ?? 0)
    }

    mutating func didAcknowledge(_ chain: ChainNumber, _ sequence: UInt64) {
        acknowledged[chain] = max(sequence, acknowledged[chain] ?? 0)
    }

    /// A failed append left the journal open: its heads say what is durable.
    mutating func didFail(_ group: [SignedRecord], _ journal: Journal) {
        for signed in group where signed.record.sequence <= journal.head(of: signed.record.chain)?.sequence ?? 0 {
            durable[signed.record.chain, default: []].append(signed.hash)
        }
    }

    /// Judges what a journal shows after it was opened; returns what is wrong, or `nil`.
    mutating func judge(_ journal: Journal) throws -> String? {
        for chain in Set(journal.chains).union(durable.keys).sorted() {
            let known = durable[chain] ?? []
            let lost = (journal.head(of: chain)?.sequence ?? 0) < UInt64(known.count)
            if lost { return "chain \(chain): lost records behind \(journal.head(of: chain)?.sequence ?? 0)" }
            let first = journal.firstHere(of: chain)
            if first - 1 > journal.acknowledged(of: chain) { return "chain \(chain): pruned unacknowledged records" }
            let kept = Array(known.prefix(Int(first) - 1))
            // A message's hash stands for its chain and number: the script has each number once.
            let found = try journal.messages(of: chain, from: first).map { RecordHash(hashing: $0) }
            let last = first - 1 + UInt64(found.count)
            if last != journal.head(of: chain)?.sequence ?? 0 { return "chain \(chain): \(last) is not the head" }
            for (offset, hash) in found.enumerated() {
                let index = offset + Int(first) - 1
                if index < known.count {
                    if known[index] != hash { return "chain \(chain): durable record \(index + 1) changed" }
                } else if !attempted.contains(hash) {
                    return "chain \(chain): phantom record \(index + 1)"
                }
            }
            let mark = journal.acknowledged(of: chain)
            if mark < acknowledged[chain] ?? 0 { return "chain \(chain): lost an acknowledgement" }
            let highest = max(acknowledged[chain] ?? 0, attemptedAcknowledgements[chain] ?? 0)
            if mark > highest { return "chain \(chain): phantom acknowledgement" }
            durable[chain] = kept + found
            acknowledged[chain] = mark
        }
        attempted = []
        attemptedAcknowledgements = [:]
        return nil
    }
}
