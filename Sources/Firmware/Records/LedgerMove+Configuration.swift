import SignedRecords

extension FirmwareConfiguration.LedgerChoice {
    /// The move that `moved_from` states; its anchor is where trust in the new ledger begins.
    ///
    /// - Throws: for an id or a hash that is none.
    func move(to ledger: LedgerChainID) throws -> LedgerMove? {
        guard let movedFrom else { return nil }
        return LedgerMove(
            from: try LedgerChainID(movedFrom), to: ledger, anchorHeight: UInt64(clamping: trustHeight),
            anchorHash: try ContentHash(hex: trustHash))
    }
}
