internal import LightClient

extension ABCI {
    /// Where the application stands.
    enum Info {
        /// The node says who it is.
        struct Request: Equatable {
            var version: String = ""
            var blockVersion: UInt64 = 0
            var p2pVersion: UInt64 = 0
            /// Empty from tools; "2.0.0" of CometBFT 0.38, "2.1.0" of 1.0.
            var abciVersion: String = ""
        }

        /// The application says who it is, and what it has committed.
        struct Response: Equatable {
            var data: String = ""
            var version: String = ""
            var appVersion: UInt64 = 0
            /// 0 before the first commit.
            var lastBlockHeight: Int64 = 0
            var lastBlockAppHash: [UInt8] = []
        }
    }
}

extension ABCI.Info.Request: ProtobufMessage {
    static let protobufName = "RequestInfo"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: version = try field.string()
            case 2: blockVersion = try field.unsigned()
            case 3: p2pVersion = try field.unsigned()
            case 4: abciVersion = try field.string()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.string(1, version)
        writer.unsigned(2, blockVersion)
        writer.unsigned(3, p2pVersion)
        writer.string(4, abciVersion)
    }
}

extension ABCI.Info.Response: ProtobufMessage {
    static let protobufName = "ResponseInfo"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: data = try field.string()
            case 2: version = try field.string()
            case 3: appVersion = try field.unsigned()
            case 4: lastBlockHeight = try field.signed()
            case 5: lastBlockAppHash = try field.bytes()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.string(1, data)
        writer.string(2, version)
        writer.unsigned(3, appVersion)
        writer.signed(4, lastBlockHeight)
        writer.bytes(5, lastBlockAppHash)
    }
}
