import LightClient

/// How the validators behind a receipt relate to the block that the reader trusts.
public enum AnchorRelation: Hashable, Sendable {
    /// No anchor was given: the reader compares the validator set's hash.
    case notGiven
    /// The anchor's validators themselves signed the receipt's block.
    case sameValidators(anchorHeight: Int64)
    /// The receipt's block follows from the anchor by one step of the light client: adjacent, or more than a third of
    /// the anchor's power signed it.
    case followsFromAnchor(anchorHeight: Int64)

    /// Relates a block, whose own commit was checked, to the anchor.
    ///
    /// - Throws: `anchor` when the block cannot be believed from it.
    init(of block: LightBlock, to anchor: LightBlock?) throws(ReceiptError) {
        guard let anchor else {
            self = .notGiven
            return
        }
        guard anchor.header.chainID == block.header.chainID else {
            throw .anchor(reason: "it is of ledger \(anchor.header.chainID), the receipt of \(block.header.chainID)")
        }
        do throws(LightClientError) {
            // An anchor that does not hold together anchors nothing.
            try Verifier.verifyCommit(anchor, chainID: anchor.header.chainID)
            if anchor.height == block.height {
                guard anchor.header.hash() == block.header.hash() else {
                    throw LightClientError.anchorMismatch(
                        expected: anchor.header.hash() ?? Hash.sha256([]), got: block.header.hash())
                }
            }
            if anchor.header.validatorsHash == block.header.validatorsHash {
                self = .sameValidators(anchorHeight: anchor.height)
                return
            }
            guard block.height > anchor.height else {
                throw LightClientError.heightNotHigher(trusted: anchor.height, untrusted: block.height)
            }
            // No expiry offline: "now" is the block's own time and the period is the longest.
            let options = try TrustOptions(period: TrustOptions.longest)
            let verdict = Verifier.verify(
                trusted: try TrustedState(anchor), untrusted: block, now: block.header.time, options: options)
            guard verdict == .success else {
                if case .invalid(let reason) = verdict { throw reason }
                throw LightClientError.bisection(
                    reason:
                        "less than a third of the anchor's power signed the receipt's block; a nearer anchor is needed")
            }
            self = .followsFromAnchor(anchorHeight: anchor.height)
        } catch {
            throw .anchor(reason: "\(error)")
        }
    }
}
