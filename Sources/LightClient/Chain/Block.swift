/// A whole block as the RPC and the parts carry it. A light client never needs one; whoever makes blocks does.
public struct Block: Hashable, Sendable {
    /// The header.
    public var header: Header
    /// Transactions in order.
    public var transactions: [[UInt8]]
    /// Encoded pieces of evidence, each with its enclosing oneof.
    public var evidence: [[UInt8]]
    /// The predecessor's commit.
    public var lastCommit: Commit

    /// A block from its parts.
    public init(header: Header, transactions: [[UInt8]], evidence: [[UInt8]] = [], lastCommit: Commit) {
        self.header = header
        self.transactions = transactions
        self.evidence = evidence
        self.lastCommit = lastCommit
    }

    /// The encoding whose 65 536-byte slices are the block's parts.
    public func encoded() -> [UInt8] {
        var data = ProtobufWriter()
        for transaction in transactions { data.message(1, transaction) }
        var evidenceList = ProtobufWriter()
        for item in evidence { evidenceList.message(1, item) }
        var writer = ProtobufWriter()
        writer.message(1, header)
        writer.message(2, data.bytes)
        writer.message(3, evidenceList.bytes)
        writer.message(4, lastCommit)
        return writer.bytes
    }

    /// The id that validators sign: header hash and part-set header.
    public func blockID() -> BlockID {
        BlockID(hash: header.hash(), parts: PartSetHeader(encodedBlock: encoded()))
    }
}
