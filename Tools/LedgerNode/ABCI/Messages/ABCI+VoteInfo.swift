internal import LightClient

extension ABCI {
    /// One validator's vote.
    struct VoteInfo: Equatable {
        var validator: VoterInfo = VoterInfo()
        var blockIDFlag: Int32 = 0
    }
}

extension ABCI.VoteInfo: ProtobufMessage {
    static let protobufName = "VoteInfo"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: validator = try field.message(ABCI.VoterInfo.self)
            case 3: blockIDFlag = try field.signed32()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.message(1, validator)
        writer.signed(3, Int64(blockIDFlag))
    }
}
