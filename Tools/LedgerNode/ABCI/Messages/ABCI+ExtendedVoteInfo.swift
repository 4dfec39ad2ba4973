internal import LightClient

extension ABCI {
    /// One validator's vote and its extension.
    struct ExtendedVoteInfo: Equatable {
        var validator: VoterInfo = VoterInfo()
        var voteExtension: [UInt8] = []
        var extensionSignature: [UInt8] = []
        var blockIDFlag: Int32 = 0
    }
}

extension ABCI.ExtendedVoteInfo: ProtobufMessage {
    static let protobufName = "ExtendedVoteInfo"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: validator = try field.message(ABCI.VoterInfo.self)
            case 3: voteExtension = try field.bytes()
            case 4: extensionSignature = try field.bytes()
            case 5: blockIDFlag = try field.signed32()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.message(1, validator)
        writer.bytes(3, voteExtension)
        writer.bytes(4, extensionSignature)
        writer.signed(5, Int64(blockIDFlag))
    }
}
