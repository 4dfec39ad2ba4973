internal import LightClient

extension ABCI {
    /// Who signed the last block.
    struct CommitInfo: Equatable {
        var round: Int32 = 0
        var votes: [VoteInfo] = []
    }
}

extension ABCI.CommitInfo: ProtobufMessage {
    static let protobufName = "CommitInfo"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: round = try field.signed32()
            case 2: votes.append(try field.message(ABCI.VoteInfo.self))
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.signed(1, Int64(round))
        for item in votes { writer.message(2, item) }
    }
}
