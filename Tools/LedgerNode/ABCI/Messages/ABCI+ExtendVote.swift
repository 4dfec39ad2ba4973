internal import LightClient

extension ABCI {
    /// What a vote carries beside the block.
    enum ExtendVote {
        /// The block that is voted for.
        struct Request: Equatable {
            var hash: [UInt8] = []
            var height: Int64 = 0
            var time: Timestamp = .unixEpoch
            var transactions: [[UInt8]] = []
            var lastCommit: CommitInfo = CommitInfo()
            var misbehavior: [Misbehavior] = []
            var nextValidatorsHash: [UInt8] = []
            var proposerAddress: [UInt8] = []
        }

        /// The extension.
        struct Response: Equatable {
            var voteExtension: [UInt8] = []
        }
    }
}

extension ABCI.ExtendVote.Request: ProtobufMessage {
    static let protobufName = "RequestExtendVote"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: hash = try field.bytes()
            case 2: height = try field.signed()
            case 3: time = try field.message(Timestamp.self)
            case 4: transactions.append(try field.bytes())
            case 5: lastCommit = try field.message(ABCI.CommitInfo.self)
            case 6: misbehavior.append(try field.message(ABCI.Misbehavior.self))
            case 7: nextValidatorsHash = try field.bytes()
            case 8: proposerAddress = try field.bytes()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.bytes(1, hash)
        writer.signed(2, height)
        writer.message(3, time)
        for item in transactions { writer.message(4, item) }
        writer.message(5, lastCommit)
        for item in misbehavior { writer.message(6, item) }
        writer.bytes(7, nextValidatorsHash)
        writer.bytes(8, proposerAddress)
    }
}

extension ABCI.ExtendVote.Response: ProtobufMessage {
    static let protobufName = "ResponseExtendVote"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: voteExtension = try field.bytes()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.bytes(1, voteExtension)
    }
}
