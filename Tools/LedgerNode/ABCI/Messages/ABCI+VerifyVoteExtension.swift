internal import LightClient

extension ABCI {
    /// Is another validator's extension right?
    enum VerifyVoteExtension {
        /// The extension.
        struct Request: Equatable {
            var hash: [UInt8] = []
            var validatorAddress: [UInt8] = []
            var height: Int64 = 0
            var voteExtension: [UInt8] = []
        }
    }
}

extension ABCI.VerifyVoteExtension.Request: ProtobufMessage {
    static let protobufName = "RequestVerifyVoteExtension"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: hash = try field.bytes()
            case 2: validatorAddress = try field.bytes()
            case 3: height = try field.signed()
            case 4: voteExtension = try field.bytes()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.bytes(1, hash)
        writer.bytes(2, validatorAddress)
        writer.signed(3, height)
        writer.bytes(4, voteExtension)
    }
}
