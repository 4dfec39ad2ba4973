internal import LightClient

extension ABCI {
    /// A validator by its address.
    struct VoterInfo: Equatable {
        var address: [UInt8] = []
        var power: Int64 = 0
    }
}

extension ABCI.VoterInfo: ProtobufMessage {
    static let protobufName = "Validator"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: address = try field.bytes()
            case 3: power = try field.signed()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.bytes(1, address)
        writer.signed(3, power)
    }
}
