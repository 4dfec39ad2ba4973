public import SignedRecords

// What the device signed about one session, with all that is needed to check it without the device. Invariant: every
// message here is needed, is checked, and could not be exchanged for another without verification failing.

/// A session's records, and the records that vouch for their keys and their ledger.
public struct SessionEvidence: Hashable, Sendable {
    /// The device's first record: its keys and its first ledger.
    public let genesis: SignedRecord
    /// The key-change records up to the session's key, oldest first.
    public let keyChanges: [SignedRecord]
    /// Close and open, close and open …: how the session's chain came to its ledger, oldest first.
    public let moves: [SignedRecord]
    /// The session's records, begin (or the voucher acceptance directly before it) to end.
    public let records: [SignedRecord]

    /// Evidence from its parts; nothing is checked.
    public init(
        genesis: SignedRecord, keyChanges: [SignedRecord], moves: [SignedRecord], records: [SignedRecord]
    ) {
        self.genesis = genesis
        self.keyChanges = keyChanges
        self.moves = moves
        self.records = records
    }

    /// Cuts a session's evidence out of the device's chains.
    ///
    /// - Parameters:
    ///   - session: The session.
    ///   - genesis: The device's genesis record.
    ///   - keyChanges: The device's key-change records, oldest first; those after the session are left out.
    ///   - chainRecords: Records of the connector's chain, in order: every close and open before the session, and any range
    ///     that holds the whole session.
    /// - Throws: `sessionNotFound`, `sessionNotEnded`.
    public init(
        of session: SessionID, genesis: SignedRecord, keyChanges: [SignedRecord], chainRecords: [SignedRecord]
    ) throws(ReceiptError) {
        var begun: Int?
        var grant: GrantHash?
        for (index, signed) in chainRecords.enumerated() {
            guard case .begin(let begin) = signed.record.body, begin.session == session else { continue }
            begun = index
            grant = begin.grant
            break
        }
        guard var first = begun else { throw .sessionNotFound(session) }
        let end = chainRecords[first...].firstIndex { signed in
            guard case .end(let end) = signed.record.body else { return false }
            return end.session == session
        }
        guard let last = end else { throw .sessionNotEnded(session) }
        let moves = chainRecords[..<first].filter { signed in
            switch signed.record.body {
            case .close, .open: true
            default: false
            }
        }
        // A voucher acceptance directly before begin belongs to the session that its voucher pays.
        if first > chainRecords.startIndex, case .voucherAcceptance(let voucher) = chainRecords[first - 1].record.body,
            voucher.voucherHash == grant
        {
            first -= 1
        }
        let newestEpoch = chainRecords[last].record.keyEpoch
        let needed = keyChanges.filter { signed in
            guard case .keyChange(let change) = signed.record.body else { return false }
            return change.newEpoch <= newestEpoch
        }
        self.init(
            genesis: genesis, keyChanges: needed, moves: moves, records: Array(chainRecords[first...last]))
    }
}
