public import SignedRecords

/// Makes receipts from what the journal and the proof folder hold.
public enum ReceiptBuilder {
    /// Cuts a session out of its chain and puts its receipt together.
    ///
    /// - Parameters:
    ///   - session: The session.
    ///   - genesis: The device's genesis record.
    ///   - keyChanges: The device's key-change records, oldest first; those after the session are left out.
    ///   - chainRecords: Records of the connector's chain, in order; any range that holds the whole session.
    ///   - tariff: The published bytes of the session's tariff.
    ///   - bundle: The session's proof bundle.
    /// - Returns: A receipt that verifies.
    /// - Throws: `sessionNotFound`, `sessionNotEnded`, or what verification refuses.
    public static func build(
        session: SessionID, genesis: SignedRecord, keyChanges: [SignedRecord], chainRecords: [SignedRecord],
        tariff: [UInt8], bundle: ProofBundle
    ) throws(ReceiptError) -> Receipt {
        let begin = chainRecords.firstIndex { signed in
            guard case .begin(let begin) = signed.record.body else { return false }
            return begin.session == session
        }
        guard var first = begin else { throw .sessionNotFound(session) }
        let end = chainRecords[first...].firstIndex { signed in
            guard case .end(let end) = signed.record.body else { return false }
            return end.session == session
        }
        guard let last = end else { throw .sessionNotEnded(session) }
        // A voucher acceptance directly before begin belongs to the session (DECISIONS).
        if first > chainRecords.startIndex, case .voucherAcceptance = chainRecords[first - 1].record.body { first -= 1 }
        let newestEpoch = chainRecords[last].record.keyEpoch
        let needed = keyChanges.filter { signed in
            guard case .keyChange(let change) = signed.record.body else { return false }
            return change.newEpoch <= newestEpoch
        }
        let receipt = Receipt(
            genesis: genesis, keyChanges: needed, records: Array(chainRecords[first...last]), tariff: tariff,
            bundle: bundle)
        _ = try receipt.verify(anchor: nil)
        return receipt
    }
}
