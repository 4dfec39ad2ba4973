internal import LightClient

extension ABCI {
    /// A snapshot is offered for restoring.
    enum OfferSnapshot {
        /// The snapshot as some peer described it, and the app hash that the node's light client verified.
        struct Request: Equatable {
            var snapshot: Snapshot?
            var appHash: [UInt8] = []
        }

        /// Whether it is tried.
        enum Verdict: UInt64 {
            case accept = 1
            /// State sync as a whole cannot go on.
            case abort = 2
            /// Not this snapshot.
            case reject = 3
            /// No snapshot of this format.
            case rejectFormat = 4
            /// No snapshot of these peers.
            case rejectSender = 5
        }

        /// The verdict.
        struct Response: Equatable {
            var verdict: Verdict
        }
    }
}

extension ABCI.OfferSnapshot.Request: ProtobufMessage {
    static let protobufName = "RequestOfferSnapshot"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: snapshot = try field.message(ABCI.Snapshot.self)
            case 2: appHash = try field.bytes()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        if let snapshot { writer.message(1, snapshot) }
        writer.bytes(2, appHash)
    }
}

extension ABCI.OfferSnapshot.Response: ProtobufMessage {
    static let protobufName = "ResponseOfferSnapshot"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        let start = reader.offset
        var found: UInt64 = 0
        while let field = try reader.next() {
            if field.number == 1 { found = try field.unsigned() }
        }
        guard let verdict = ABCI.OfferSnapshot.Verdict(rawValue: found) else {
            throw .malformedProtobuf(message: Self.protobufName, offset: start, reason: "unknown result \(found)")
        }
        self.init(verdict: verdict)
    }

    func write(to writer: inout ProtobufWriter) { writer.unsigned(1, verdict.rawValue) }
}
