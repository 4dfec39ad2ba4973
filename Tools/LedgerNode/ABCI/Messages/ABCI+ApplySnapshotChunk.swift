internal import LightClient

extension ABCI {
    /// A chunk has come.
    enum ApplySnapshotChunk {
        /// The chunk, and the peer that it came from.
        struct Request: Equatable {
            var index: UInt32 = 0
            var chunk: [UInt8] = []
            var sender = ""
        }

        /// What became of it.
        enum Verdict: UInt64 {
            case accept = 1
            /// State sync as a whole cannot go on.
            case abort = 2
            /// This chunk again.
            case retry = 3
            /// The whole snapshot again.
            case retrySnapshot = 4
            /// Another snapshot.
            case rejectSnapshot = 5
        }

        /// The verdict, what is to be fetched again, and from whom nothing is taken any more.
        struct Response: Equatable {
            var verdict: Verdict
            var refetchChunks: [UInt32] = []
            var rejectSenders: [String] = []
        }
    }
}

extension ABCI.ApplySnapshotChunk.Request: ProtobufMessage {
    static let protobufName = "RequestApplySnapshotChunk"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: index = try field.unsigned32()
            case 2: chunk = try field.bytes()
            case 3: sender = try field.string()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.unsigned(1, UInt64(index))
        writer.bytes(2, chunk)
        writer.string(3, sender)
    }
}

extension ABCI.ApplySnapshotChunk.Response: ProtobufMessage {
    static let protobufName = "ResponseApplySnapshotChunk"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        let start = reader.offset
        var found: UInt64 = 0
        var refetch: [UInt32] = []
        var senders: [String] = []
        while let field = try reader.next() {
            switch field.number {
            case 1: found = try field.unsigned()
            case 2:
                // Packed: bare varints one after the other.
                var numbers = ProtobufReader(try field.bytes(), message: Self.protobufName, base: field.offset)
                while let number = try numbers.nextPacked() {
                    guard let index = UInt32(exactly: number) else { throw field.fault("is outside 32 bits") }
                    refetch.append(index)
                }
            case 3: senders.append(try field.string())
            default: continue
            }
        }
        guard let verdict = ABCI.ApplySnapshotChunk.Verdict(rawValue: found) else {
            throw .malformedProtobuf(message: Self.protobufName, offset: start, reason: "unknown result \(found)")
        }
        self.init(verdict: verdict, refetchChunks: refetch, rejectSenders: senders)
    }

    func write(to writer: inout ProtobufWriter) {
        writer.unsigned(1, verdict.rawValue)
        if !refetchChunks.isEmpty {
            var packed = ProtobufWriter()
            for index in refetchChunks { packed.varint(UInt64(index)) }
            writer.message(2, packed.bytes)
        }
        for sender in rejectSenders { writer.message(3, Array(sender.utf8)) }
    }
}
