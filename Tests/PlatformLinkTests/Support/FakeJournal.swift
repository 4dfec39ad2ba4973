import NIOConcurrencyHelpers
import PlatformLink
import SignedRecords

/// A journal in memory behind the record source's calls.
final class FakeJournal: RecordSource {
    struct Failure: Error {}

    private struct Chains {
        var records: [ChainNumber: [SignedRecord]] = [:]
        var acknowledged: [ChainNumber: UInt64] = [:]
        var acknowledgements: [String] = []
        var fails = false
        /// What the record source writes when it hears of a restored image.
        var answer: SignedRecord?
        var question: ReleaseQuestion?
    }

    private let chains = NIOLockedValueBox(Chains())

    func append(_ records: [SignedRecord]) {
        chains.withLockedValue { chains in
            for record in records { chains.records[record.record.chain, default: []].append(record) }
        }
    }

    /// Cuts a chain as a restored image does.
    func truncate(_ chain: ChainNumber, to count: Int) {
        chains.withLockedValue { $0.records[chain]?.removeSubrange(count...) }
    }

    /// Has the next rollback answered with this record.
    func answerRollback(with record: SignedRecord) { chains.withLockedValue { $0.answer = record } }

    /// Somebody wants to know of a release, until he was told.
    func ask(_ question: ReleaseQuestion) { chains.withLockedValue { $0.question = question } }

    func releaseToProve() async throws -> ReleaseQuestion? { chains.withLockedValue { $0.question } }

    func hear(_ event: PlatformEvent) {
        if case .release = event { chains.withLockedValue { $0.question = nil } }
        guard case .rollbackDetected = event else { return }
        chains.withLockedValue { chains in
            guard let answer = chains.answer else { return }
            chains.answer = nil
            chains.records[answer.record.chain, default: []].append(answer)
        }
    }

    func setFailing(_ fails: Bool) {
        chains.withLockedValue { $0.fails = fails }
    }

    var acknowledgements: [String] { chains.withLockedValue { $0.acknowledgements } }

    func acknowledged(_ chain: ChainNumber) -> UInt64 { chains.withLockedValue { $0.acknowledged[chain] ?? 0 } }

    func hash(_ chain: ChainNumber, _ sequence: UInt64) -> RecordHash? {
        chains.withLockedValue { chains in
            for signed in chains.records[chain] ?? [] {
                if signed.record.sequence == sequence { return signed.hash }
                if signed.record.sequence == sequence + 1, case .rollbackDetected = signed.record.body {
                    return signed.record.previous
                }
            }
            return nil
        }
    }

    private func read<Value>(_ body: (inout Chains) -> Value) throws -> Value {
        try chains.withLockedValue { chains in
            if chains.fails { throw Failure() }
            return body(&chains)
        }
    }

    func position(of chain: ChainNumber) async throws -> JournalPosition {
        try read {
            JournalPosition(
                head: $0.records[chain]?.last?.record.sequence ?? 0, acknowledged: $0.acknowledged[chain] ?? 0)
        }
    }

    func unacknowledged(_ chain: ChainNumber, limit: Int) async throws -> [SignedRecord] {
        try read { chains in
            let from = chains.acknowledged[chain] ?? 0
            return Array((chains.records[chain] ?? []).filter { $0.record.sequence > from }.prefix(limit))
        }
    }

    func hash(of chain: ChainNumber, at sequence: UInt64) async throws -> RecordHash? {
        _ = try read { _ in }
        return hash(chain, sequence)
    }

    func acknowledge(_ chain: ChainNumber, through sequence: UInt64, hash: RecordHash) async throws {
        try read { chains in
            chains.acknowledged[chain] = sequence
            chains.acknowledgements.append("\(chain)/\(sequence)")
        }
    }

    func endedSessions(of chain: ChainNumber) async throws -> [EndedSession] {
        try read { chains in
            (chains.records[chain] ?? []).compactMap { signed in
                guard case .end(let end) = signed.record.body else { return nil }
                return EndedSession(session: end.session, chain: chain, endSequence: signed.record.sequence)
            }
        }
    }
}
