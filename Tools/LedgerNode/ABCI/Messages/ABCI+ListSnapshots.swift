internal import LightClient

extension ABCI {
    /// Which snapshots are there?
    enum ListSnapshots {
        /// The snapshots that can be loaded.
        struct Response: Equatable {
            var snapshots: [Snapshot] = []
        }
    }
}

extension ABCI.ListSnapshots.Response: ProtobufMessage {
    static let protobufName = "ResponseListSnapshots"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: snapshots.append(try field.message(ABCI.Snapshot.self))
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        for item in snapshots { writer.message(1, item) }
    }
}
