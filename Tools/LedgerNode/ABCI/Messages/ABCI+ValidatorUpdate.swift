internal import LightClient

extension ABCI {
    /// A validator's key and power. CometBFT 1.0 writes the key as bytes and the name of its type.
    struct ValidatorUpdate: Equatable {
        var publicKey: PublicKey?
        var power: Int64 = 0
        var keyBytes: [UInt8] = []
        var keyType = ""
    }
}

extension ABCI.ValidatorUpdate: ProtobufMessage {
    static let protobufName = "ValidatorUpdate"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: publicKey = try field.message(PublicKey.self)
            case 2: power = try field.signed()
            case 3: keyBytes = try field.bytes()
            case 4: keyType = try field.string()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        if let publicKey { writer.message(1, publicKey) }
        writer.signed(2, power)
        writer.bytes(3, keyBytes)
        writer.string(4, keyType)
    }
}
