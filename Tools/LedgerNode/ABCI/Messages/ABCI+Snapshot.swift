internal import LightClient

extension ABCI {
    /// A snapshot as peers tell each other of it.
    struct Snapshot: Equatable {
        var height: UInt64 = 0
        var format: UInt32 = 0
        var chunks: UInt32 = 0
        var hash: [UInt8] = []
        var metadata: [UInt8] = []
    }
}

extension ABCI.Snapshot: ProtobufMessage {
    static let protobufName = "Snapshot"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: height = try field.unsigned()
            case 2: format = try field.unsigned32()
            case 3: chunks = try field.unsigned32()
            case 4: hash = try field.bytes()
            case 5: metadata = try field.bytes()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.unsigned(1, height)
        writer.unsigned(2, UInt64(format))
        writer.unsigned(3, UInt64(chunks))
        writer.bytes(4, hash)
        writer.bytes(5, metadata)
    }
}
