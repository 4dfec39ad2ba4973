internal import LightClient

extension ABCI {
    /// The line is tried.
    enum Echo {
        /// The text that is sent back; also the text of an exception.
        struct Message: Equatable {
            var text: String = ""
        }
    }
}

extension ABCI.Echo.Message: ProtobufMessage {
    static let protobufName = "Echo"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: text = try field.string()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.string(1, text)
    }
}
