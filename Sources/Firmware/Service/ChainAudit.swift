import Journal
import SignedRecords

/// Checks stored records of one chain by all rules of docs/format.md, from wherever a range begins.
struct ChainAudit {
    let reader: JournalReader
    let chain: ChainNumber

    struct Finding {
        /// So many in a row passed.
        var verified: UInt64 = 0
        var head: ChainHead?
        /// The first that did not.
        var firstBad: UInt64?
        var reason = ""
        /// The number that should have come next.
        var missing: UInt64
    }

    func check(_ records: [SignedRecord], from first: UInt64) throws(JournalError) -> Finding {
        var finding = Finding(missing: first)
        let identity = try reader.identityRecords()
        // The record before the range says what the first one follows, and which ledger it is signed for.
        let before = first > 1 ? try reader.records(of: chain, from: first - 1, through: first - 1) : []
        do throws(RecordError) {
            guard let opening = (before + records).first, var verifier = try verifier(opening, identity) else {
                finding.firstBad = first
                finding.reason = "the records that say which key and which ledger are not here"
                return finding
            }
            for signed in before { try accept(signed, &verifier, identity) }
            for signed in records {
                try accept(signed, &verifier, identity)
                finding.verified += 1
                finding.head = signed.head
                finding.missing = signed.record.sequence + 1
            }
        } catch {
            finding.firstBad = finding.missing
            finding.reason = "\(error)"
        }
        return finding
    }

    private func accept(
        _ signed: SignedRecord, _ verifier: inout ChainVerifier, _ identity: [SignedRecord]
    ) throws(RecordError) {
        // Genesis makes its verifier, which has checked it in full.
        if verifier.head == signed.head { return }
        // Chain 0 carries its own key changes; they are not in a connector's chain, whose records name their epochs.
        if chain != .device, let key = identity.key(ofEpoch: signed.record.keyEpoch) {
            verifier.keys = try Self.keys(key, signed.record.keyEpoch)
        }
        try verifier.accept(signed)
    }

    /// What begins with this record; nil where the records that it needs are not here.
    private func verifier(_ first: SignedRecord, _ identity: [SignedRecord]) throws(RecordError) -> ChainVerifier? {
        let place = first.record
        if chain == .device, place.sequence == 1 { return try ChainVerifier(genesis: first) }
        guard let genesis = identity.first(where: { $0.record.body.kind == .genesis }),
            case .genesis(let body) = genesis.record.body,
            let key = identity.key(ofEpoch: place.keyEpoch),
            let ledger = identity.ledger(of: chain, at: place.sequence)
        else { return nil }
        let keys = try Self.keys(key, place.keyEpoch)
        if chain != .device, place.sequence == 1 {
            return try ChainVerifier(connector: chain, genesis: genesis, keys: keys)
        }
        return ChainVerifier(
            resuming: chain, of: genesis.record.device, behind: nil, keys: keys, ledger: ledger,
            isOutsideSession: false, genesis: body)
    }

    private static func keys(_ key: [UInt8], _ epoch: UInt32) throws(RecordError) -> KeyHistory {
        do { return try KeyHistory(ed25519: key, epoch: epoch) } catch { throw .envelope(error) }
    }
}
