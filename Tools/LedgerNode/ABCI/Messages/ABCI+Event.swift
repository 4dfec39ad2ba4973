internal import LightClient

extension ABCI {
    /// Something to index.
    struct Event: Equatable {
        var type: String = ""
        var attributes: [EventAttribute] = []
    }
}

extension ABCI.Event: ProtobufMessage {
    static let protobufName = "Event"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: type = try field.string()
            case 2: attributes.append(try field.message(ABCI.EventAttribute.self))
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.string(1, type)
        for item in attributes { writer.message(2, item) }
    }
}
