internal import LightClient

extension ABCI {
    /// The finalised block stands.
    enum Commit {
        /// What the node may forget.
        struct Response: Equatable {
            /// Blocks below may be pruned; 0 keeps all.
            var retainHeight: Int64 = 0
        }
    }
}

extension ABCI.Commit.Response: ProtobufMessage {
    static let protobufName = "ResponseCommit"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 3: retainHeight = try field.signed()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.signed(3, retainHeight)
    }
}
