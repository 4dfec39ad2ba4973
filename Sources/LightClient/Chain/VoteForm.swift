/// The votes of one round for one block, which differ in their time alone: what stands before it and behind it.
struct VoteForm: Sendable {
    private let head: [UInt8]
    private let tail: [UInt8]

    /// `blockID` nil (or zero) is a vote for no block.
    init(chainID: String, height: Int64, round: Int32, blockID: BlockID?, type: Vote.Kind) {
        var head = ProtobufWriter()
        head.unsigned(1, type.rawValue)
        head.fixed64(2, height)
        // Round is 64 bits here though 32 in the commit, and left out for round 0.
        head.fixed64(3, Int64(round))
        if let blockID, !blockID.isZero { head.message(4, blockID) }
        var tail = ProtobufWriter()
        tail.string(6, chainID)
        (self.head, self.tail) = (head.bytes, tail.bytes)
    }

    /// The sign bytes of the vote with this time: a length prefix, itself signed, and the CanonicalVote.
    func signBytes(at timestamp: Timestamp) -> [UInt8] {
        // A time takes at most two tags, a length and two varints of ten bytes.
        var time = ProtobufWriter(reserving: 24)
        time.message(5, timestamp)
        let count = head.count + time.bytes.count + tail.count
        var writer = ProtobufWriter(reserving: count + 10)
        writer.varint(UInt64(count))
        writer.raw(head)
        writer.raw(time.bytes)
        writer.raw(tail)
        return writer.bytes
    }
}
