internal import LightClient

extension ABCI {
    /// A whole block, as ProcessProposal and FinalizeBlock ask about it: field by field the same message.
    struct ProposedBlock: Equatable {
        var transactions: [[UInt8]] = []
        var lastCommit: CommitInfo = CommitInfo()
        var misbehavior: [Misbehavior] = []
        var hash: [UInt8] = []
        var height: Int64 = 0
        var time: Timestamp = .unixEpoch
        var nextValidatorsHash: [UInt8] = []
        var proposerAddress: [UInt8] = []
    }
}

extension ABCI.ProposedBlock: ProtobufMessage {
    static let protobufName = "proposed block"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: transactions.append(try field.bytes())
            case 2: lastCommit = try field.message(ABCI.CommitInfo.self)
            case 3: misbehavior.append(try field.message(ABCI.Misbehavior.self))
            case 4: hash = try field.bytes()
            case 5: height = try field.signed()
            case 6: time = try field.message(Timestamp.self)
            case 7: nextValidatorsHash = try field.bytes()
            case 8: proposerAddress = try field.bytes()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        for item in transactions { writer.message(1, item) }
        writer.message(2, lastCommit)
        for item in misbehavior { writer.message(3, item) }
        writer.bytes(4, hash)
        writer.signed(5, height)
        writer.message(6, time)
        writer.bytes(7, nextValidatorsHash)
        writer.bytes(8, proposerAddress)
    }
}
