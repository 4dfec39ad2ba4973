public import SignedRecords

/// The memory of a signer for one chain: every message above the durable head, at most eight, and the rules that keep one
/// number from ever having two contents. Pure: what the signer process and the in-process signer share.
///
/// Invariant: the messages have rising sequence numbers without a gap, each one's `previous` is the hash before it, and
/// the first stands directly above the durable head (a rollback record alone may stand higher).
public struct PendingRecords: Sendable {
    /// How many messages may stand above the durable head.
    public static let limit = 8

    public let chain: ChainNumber
    /// The highest sequence that the journal was last said to have on disk.
    public private(set) var durableHead: UInt64
    public private(set) var messages: [SignedRecord] = []
    private var ledgers: [LedgerChainID] = []

    public init(chain: ChainNumber, durableHead: UInt64) {
        self.chain = chain
        self.durableHead = durableHead
    }

    /// Forgets what is durable.
    public mutating func advance(durableHead told: UInt64) throws(KeyStoreError) {
        guard told >= durableHead else { throw .durableHead(chain: chain, known: durableHead, told: told) }
        // While messages are pending, nothing above them can have become durable: only this signer makes such.
        if let last = messages.last, told > last.record.sequence {
            throw .durableHead(chain: chain, known: last.record.sequence, told: told)
        }
        durableHead = told
        while let first = messages.first, first.record.sequence <= told {
            messages.removeFirst()
            ledgers.removeFirst()
        }
    }

    /// Decides about a record: the message it already has, or `nil` where it may be signed now.
    public func decide(_ record: Record, ledger: LedgerChainID) throws(KeyStoreError) -> SignedRecord? {
        guard record.sequence > durableHead else {
            throw .alreadyDurable(chain: chain, sequence: record.sequence, durableHead: durableHead)
        }
        if let index = messages.firstIndex(where: { $0.record.sequence == record.sequence }) {
            guard messages[index].record == record, ledgers[index] == ledger else {
                throw .conflicting(chain: chain, sequence: record.sequence)
            }
            return messages[index]
        }
        let (next, isLast) = (messages.last?.record.sequence ?? durableHead).addingReportingOverflow(1)
        guard !isLast, record.sequence == next || isRollback(record) else {
            throw .skipped(chain: chain, expected: next, found: record.sequence)
        }
        if let last = messages.last, record.previous != last.hash {
            throw .wrongPrevious(chain: chain, sequence: record.sequence)
        }
        guard messages.count < PendingRecords.limit else {
            throw .tooManyPending(chain: chain, limit: PendingRecords.limit)
        }
        return nil
    }

    /// Whether a message with this number is pending.
    public func holds(_ sequence: UInt64) -> Bool { messages.contains { $0.record.sequence == sequence } }

    /// Remembers a message that was just signed.
    public mutating func remember(_ signed: SignedRecord, ledger: LedgerChainID) {
        messages.append(signed)
        ledgers.append(ledger)
    }

    /// The one kind that may skip numbers: it stands behind the head that the ledger proved, and says where the journal is.
    private func isRollback(_ record: Record) -> Bool {
        guard case .rollbackDetected(let body) = record.body, messages.isEmpty else { return false }
        return body.provedSequence == record.sequence - 1 && body.journalSequence == durableHead
    }
}
