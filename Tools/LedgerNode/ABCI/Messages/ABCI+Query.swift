internal import LightClient

extension ABCI {
    /// A question about the state.
    enum Query {
        /// The question.
        struct Request: Equatable {
            var data: [UInt8] = []
            var path: String = ""
            /// 0 for the newest that can be answered.
            var height: Int64 = 0
            var prove: Bool = false
        }

        /// The answer.
        struct Response: Equatable {
            var code: UInt32 = 0
            var log: String = ""
            var info: String = ""
            var index: Int64 = 0
            var key: [UInt8] = []
            var value: [UInt8] = []
            var proofOps: ProofOps?
            var height: Int64 = 0
            var codespace: String = ""
        }
    }
}

extension ABCI.Query.Request: ProtobufMessage {
    static let protobufName = "RequestQuery"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: data = try field.bytes()
            // The words of whoever asked the node: no byte of theirs may stop it.
            case 2: path = String(decoding: try field.bytes(), as: UTF8.self)
            case 3: height = try field.signed()
            case 4: prove = try field.unsigned() != 0
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.bytes(1, data)
        writer.string(2, path)
        writer.signed(3, height)
        writer.unsigned(4, prove ? 1 : 0)
    }
}

extension ABCI.Query.Response: ProtobufMessage {
    static let protobufName = "ResponseQuery"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: code = try field.unsigned32()
            case 3: log = try field.string()
            case 4: info = try field.string()
            case 5: index = try field.signed()
            case 6: key = try field.bytes()
            case 7: value = try field.bytes()
            case 8: proofOps = try field.message(ProofOps.self)
            case 9: height = try field.signed()
            case 10: codespace = try field.string()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.unsigned(1, UInt64(code))
        writer.string(3, log)
        writer.string(4, info)
        writer.signed(5, index)
        writer.bytes(6, key)
        writer.bytes(7, value)
        if let proofOps { writer.message(8, proofOps) }
        writer.signed(9, height)
        writer.string(10, codespace)
    }
}
