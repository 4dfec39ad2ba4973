/// What a validator signs.
public enum Vote {
    /// The kinds of signed message.
    public enum Kind: UInt64, Sendable {
        /// First round of voting.
        case prevote = 1
        /// The vote that a commit collects.
        case precommit = 2
        /// A proposer's proposal.
        case proposal = 32
    }

    /// The sign bytes: a length prefix, itself signed, and the CanonicalVote.
    ///
    /// `blockID` nil (or zero) is a vote for no block; `timestamp` is the signer's own, not the header's. Neither the
    /// validator's address nor its place is signed.
    public static func signBytes(
        chainID: String, height: Int64, round: Int32, blockID: BlockID?, timestamp: Timestamp,
        type: Kind = .precommit
    ) -> [UInt8] {
        VoteForm(chainID: chainID, height: height, round: round, blockID: blockID, type: type).signBytes(at: timestamp)
    }
}
