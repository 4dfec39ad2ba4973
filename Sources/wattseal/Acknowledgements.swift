import Glibc
import Journal
import PlatformLink
import SignedRecords

/// Which records their ledger has acknowledged. After a move the journal's count runs over what the old ledger never took: what
/// was noted when the device left it says which records those are.
struct Acknowledgements {
    /// Records that a ledger had not acknowledged when the device left it; they are never sent anywhere.
    struct Left {
        let chain: ChainNumber
        let ledger: LedgerChainID
        let sequences: ClosedRange<UInt64>
    }

    private(set) var left: [Left] = []
    private var acknowledged: [ChainNumber: UInt64] = [:]

    /// - Parameter journal: The journal's folder; the notes are looked for in ../link. Without a note nothing counts as
    ///   acknowledged by a ledger that was left.
    init(of reader: JournalReader, journal: String) throws {
        for chain in reader.chains { acknowledged[chain] = reader.acknowledged(of: chain) }
        var first: [ChainNumber: UInt64] = [:]
        for signed in try reader.identityRecords() {
            let record = signed.record
            guard case .open(let open) = record.body, record.sequence > 1 else { continue }
            let known = try LeftLedger.load(open.oldLedger, from: "\(journal)/../link")?.acknowledged[record.chain] ?? 0
            let start = max(first[record.chain] ?? 1, known + 1)
            first[record.chain] = record.sequence
            // Close itself is for whoever verifies the chain: the old ledger has no use for it.
            guard start < record.sequence else { continue }
            left.append(Left(chain: record.chain, ledger: open.oldLedger, sequences: start...(record.sequence - 1)))
        }
    }

    /// Whether the ledger that a record was signed for has it.
    func cover(_ record: Record) -> Bool {
        record.sequence <= acknowledged[record.chain] ?? 0
            && !left.contains { $0.chain == record.chain && $0.sequences.contains(record.sequence) }
    }

    /// One line for each range that was left behind.
    var leftBehind: [String] {
        left.map {
            "chain \($0.chain): records \($0.sequences.lowerBound) to \($0.sequences.upperBound) were not acknowledged by "
                + "ledger \($0.ledger) when the device left it"
        }
    }
}

/// Standard error, for what does not belong into a command's output.
enum ErrorOutput {
    static func print(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}
