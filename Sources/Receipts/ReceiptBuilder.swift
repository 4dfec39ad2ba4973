public import SignedRecords

/// Makes receipts from what the journal and the proof folder hold.
public enum ReceiptBuilder {
    /// Cuts a session out of its chain and puts its receipt together.
    ///
    /// - Parameters:
    ///   - session: The session.
    ///   - genesis: The device's genesis record.
    ///   - keyChanges: The device's key-change records, oldest first; those after the session are left out.
    ///   - chainRecords: Records of the connector's chain, in order: every close and open before the session, and any
    ///     range that holds the whole session.
    ///   - tariff: The published bytes of the session's tariff.
    ///   - bundle: The session's proof bundle.
    /// - Returns: A receipt that verifies.
    /// - Throws: `sessionNotFound`, `sessionNotEnded`, or what verification refuses.
    public static func build(
        session: SessionID, genesis: SignedRecord, keyChanges: [SignedRecord], chainRecords: [SignedRecord],
        tariff: [UInt8], bundle: ProofBundle
    ) throws(ReceiptError) -> Receipt {
        let evidence = try SessionEvidence(
            of: session, genesis: genesis, keyChanges: keyChanges, chainRecords: chainRecords)
        let receipt = Receipt(
            genesis: genesis, keyChanges: evidence.keyChanges, moves: evidence.moves, records: evidence.records,
            tariff: tariff, bundle: bundle)
        _ = try receipt.verify(anchor: nil)
        return receipt
    }
}
