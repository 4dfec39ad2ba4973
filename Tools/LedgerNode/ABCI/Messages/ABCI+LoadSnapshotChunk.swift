internal import LightClient

extension ABCI {
    /// A peer needs a chunk.
    enum LoadSnapshotChunk {
        /// Which chunk of which snapshot.
        struct Request: Equatable {
            var height: UInt64 = 0
            var format: UInt32 = 0
            var chunk: UInt32 = 0
        }

        /// The chunk; empty where it is not there.
        struct Response: Equatable {
            var chunk: [UInt8] = []
        }
    }
}

extension ABCI.LoadSnapshotChunk.Request: ProtobufMessage {
    static let protobufName = "RequestLoadSnapshotChunk"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: height = try field.unsigned()
            case 2: format = try field.unsigned32()
            case 3: chunk = try field.unsigned32()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.unsigned(1, height)
        writer.unsigned(2, UInt64(format))
        writer.unsigned(3, UInt64(chunk))
    }
}

extension ABCI.LoadSnapshotChunk.Response: ProtobufMessage {
    static let protobufName = "ResponseLoadSnapshotChunk"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: chunk = try field.bytes()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.bytes(1, chunk)
    }
}
