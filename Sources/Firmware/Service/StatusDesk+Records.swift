internal import Journal
internal import Quantities
internal import ServiceShell
internal import SignedRecords

// Stored records, one by one. What is checked and exported is read from the files beside the writer, which notices nothing of it.
extension StatusDesk {
    /// So many are checked by one command: a signature takes a small processor a few milliseconds.
    static let verifiedAtOnce: UInt64 = 1_000
    /// So many are exported by one: what a serial line carries in a few seconds.
    static let exportedAtOnce: UInt64 = 50

    func verify(_ range: RecordRange) throws(ServiceShellError) -> JournalVerdict {
        let reader = try reader()
        guard let span = try span(range, in: reader, atOnce: Self.verifiedAtOnce) else {
            return JournalVerdict(chain: range.chain, range: nil, verified: 0)
        }
        let chain = ChainNumber(rawValue: range.chain)
        do throws(JournalError) {
            let records = try reader.records(of: chain, from: span.range.lowerBound, through: span.range.upperBound)
            let found = try ChainAudit(reader: reader, chain: chain).check(records, from: span.range.lowerBound)
            var verdict = JournalVerdict(
                chain: range.chain, range: span.range, verified: found.verified, firstBad: found.firstBad,
                reason: found.reason, head: found.head?.hash.bytes, next: found.firstBad == nil ? span.next : nil)
            // What stands behind a slot that has changed cannot be read at all.
            if verdict.firstBad == nil, verdict.next == nil, let corruption = reader.corruption {
                (verdict.firstBad, verdict.reason) = (span.range.upperBound + 1, "\(corruption)")
            }
            return verdict
        } catch {
            throw .unavailable("\(error)")
        }
    }

    func export(_ range: RecordRange) throws(ServiceShellError) -> RecordExport {
        let reader = try reader()
        guard let span = try span(range, in: reader, atOnce: Self.exportedAtOnce) else {
            return RecordExport(chain: range.chain, items: [], next: nil)
        }
        var items: [RecordExport.Item] = []
        do throws(JournalError) {
            try reader.forEach(
                of: ChainNumber(rawValue: range.chain), from: span.range.lowerBound, through: span.range.upperBound
            ) { items.append(RecordExport.Item(sequence: $0.record.sequence, message: $0.message)) }
        } catch {
            throw .unavailable("\(error)")
        }
        return RecordExport(chain: range.chain, items: items, next: span.next)
    }

    func newestRecords(_ count: Int) throws(ServiceShellError) -> [RecordAnswer] {
        let acknowledged = board.current.records.chains
        let newest: [NewestRecord]
        do throws(FirmwareError) {
            newest = try reach.records.ask(within: reach.patience) { desk throws(FirmwareError) in
                do { return try desk.newestRecords(count) } catch { throw .room("journal", reason: "\(error)") }
            }
        } catch {
            throw .unavailable("\(error)")
        }
        return newest.map { each in
            let note = RecordNote(each.signed)
            return RecordAnswer(
                chain: note.chain, sequence: note.sequence, kind: note.kind, detail: note.detail,
                unixMilliseconds: note.utcMS, energy: note.energyMWh.map { MilliwattHours($0) }, added: each.added,
                isSigned: each.isSigned,
                isAcknowledged: acknowledged.contains { $0.number == note.chain && note.sequence <= $0.acknowledged })
        }
    }

    func makeArchive() throws(ServiceShellError) -> ArchiveAnswer { try archive().make(of: board.current) }

    func readArchive(from offset: Int) throws(ServiceShellError) -> ArchivePiece {
        try archive().piece(from: offset)
    }

    private func archive() throws(ServiceShellError) -> ArchiveShelf {
        guard let archive = reach.archive else { throw .unavailable("this firmware makes no archives") }
        return archive
    }

    private func reader() throws(ServiceShellError) -> JournalReader {
        do throws(JournalError) { return try JournalReader(directory: reach.home + "/journal") } catch {
            throw .unavailable("\(error)")
        }
    }

    /// What of a range one command takes, and where the next goes on; nil in a chain without records.
    private func span(
        _ range: RecordRange, in reader: JournalReader, atOnce most: UInt64
    ) throws(ServiceShellError) -> (range: ClosedRange<UInt64>, next: UInt64?)? {
        let chain = ChainNumber(rawValue: range.chain)
        guard let head = reader.head(of: chain)?.sequence else { return nil }
        let last = min(range.through ?? head, head)
        let first = range.from ?? last - min(last, most) + 1
        guard first <= last else {
            throw .unavailable("expected a range up to \(last), got one from \(first)")
        }
        let end = min(last, first - 1 + most)
        return (first...end, end < last ? end + 1 : nil)
    }
}

/// A record, whether its signature holds, and what a tick added to the one before it.
struct NewestRecord: Sendable {
    let signed: SignedRecord
    let isSigned: Bool
    let added: MilliwattHours?
}

extension RecordDesk {
    /// The newest records of all chains, the oldest first.
    func newestRecords(_ count: Int) throws -> [NewestRecord] {
        var found: [SignedRecord] = []
        for chain in chains {
            guard let head = journal.head(of: chain)?.sequence else { continue }
            let first = max(journal.firstHere(of: chain), head - min(head, UInt64(count)) + 1)
            found += try journal.records(of: chain, from: first)
        }
        let identity = try journal.identityRecords()
        let ordered = found.sorted { one, other in
            (one.record.time.bootCount, one.record.time.monotonic, one.record.chain, one.record.sequence)
                < (other.record.time.bootCount, other.record.time.monotonic, other.record.chain, other.record.sequence)
        }
        return ordered.suffix(count).map { signed in
            NewestRecord(
                signed: signed, isSigned: Self.isSigned(signed, identity), added: Self.added(signed, among: found))
        }
    }

    /// Whether the key of its epoch signed it for the ledger of its time.
    private static func isSigned(_ signed: SignedRecord, _ identity: [SignedRecord]) -> Bool {
        let place = signed.record
        guard let key = identity.key(ofEpoch: place.keyEpoch),
            let ledger = identity.ledger(of: place.chain, at: place.sequence)
        else { return false }
        do throws(RecordError) {
            try signed.verify(ed25519: key, ledger: ledger)
            return true
        } catch {
            return false
        }
    }

    private static func added(_ signed: SignedRecord, among found: [SignedRecord]) -> MilliwattHours? {
        guard case .tick(let tick) = signed.record.body else { return nil }
        for other in found where other.record.chain == signed.record.chain {
            guard other.record.sequence + 1 == signed.record.sequence, case .tick(let before) = other.record.body else {
                continue
            }
            return before.session == tick.session ? tick.energy - before.energy : nil
        }
        return nil
    }
}

extension [SignedRecord] {
    /// Of genesis and key changes: the Ed25519 key of an epoch.
    func key(ofEpoch epoch: UInt32) -> [UInt8]? {
        for signed in self {
            switch signed.record.body {
            case .genesis(let genesis) where epoch == 1: return genesis.ed25519PublicKey
            case .keyChange(let change) where change.newEpoch == epoch: return change.ed25519PublicKey
            default: continue
            }
        }
        return nil
    }

    /// Of genesis and openings: the ledger that a chain's record is signed for.
    func ledger(of chain: ChainNumber, at sequence: UInt64) -> LedgerChainID? {
        var ledger: LedgerChainID?
        for signed in self {
            if case .genesis(let genesis) = signed.record.body { ledger = ledger ?? genesis.ledger }
            if case .open(let open) = signed.record.body, signed.record.chain == chain,
                signed.record.sequence <= sequence
            {
                ledger = open.newLedger
            }
        }
        return ledger
    }
}
