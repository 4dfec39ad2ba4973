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
        var vote = ProtobufWriter()
        vote.unsigned(1, type.rawValue)
        vote.fixed64(2, height)
        // Round is 64 bits here though 32 in the commit, and left out for round 0.
        vote.fixed64(3, Int64(round))
        if let blockID, !blockID.isZero { vote.message(4, blockID) }
        vote.message(5, timestamp)
        vote.string(6, chainID)
        var writer = ProtobufWriter()
        writer.varint(UInt64(vote.bytes.count))
        return writer.bytes + vote.bytes
    }
}
