internal import LightClient

extension ABCI {
    /// May a transaction wait in the mempool?
    enum CheckTx {
        /// The transaction.
        struct Request: Equatable {
            var transaction: [UInt8] = []
            /// 0 (in ABCI 2.1: 2) a new one, 1 one that waits already.
            var kind: UInt64 = 0
        }
    }
}

extension ABCI.CheckTx.Request: ProtobufMessage {
    static let protobufName = "RequestCheckTx"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: transaction = try field.bytes()
            case 2: kind = try field.unsigned()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.bytes(1, transaction)
        writer.unsigned(2, kind)
    }
}
