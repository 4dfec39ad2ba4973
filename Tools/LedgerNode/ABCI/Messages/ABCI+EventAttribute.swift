internal import LightClient

extension ABCI {
    /// One property of an event.
    struct EventAttribute: Equatable {
        var key: String = ""
        var value: String = ""
        var isIndexed: Bool = false
    }
}

extension ABCI.EventAttribute: ProtobufMessage {
    static let protobufName = "EventAttribute"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: key = try field.string()
            case 2: value = try field.string()
            case 3: isIndexed = try field.unsigned() != 0
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.string(1, key)
        writer.string(2, value)
        writer.unsigned(3, isIndexed ? 1 : 0)
    }
}
