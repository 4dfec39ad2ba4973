internal import LightClient

extension ABCI {
    /// The answer to a proposed block, and to another validator's vote extension. There is no third one: a node that gets none
    /// of these panics.
    enum ProposalStatus: UInt64, Equatable {
        case accept = 1
        case reject = 2
    }
}

extension ABCI.ProposalStatus: ProtobufMessage {
    static let protobufName = "ResponseProcessProposal"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        let start = reader.offset
        var found: UInt64 = 0
        while let field = try reader.next() {
            if field.number == 1 { found = try field.unsigned() }
        }
        guard let status = Self(rawValue: found) else {
            throw .malformedProtobuf(message: Self.protobufName, offset: start, reason: "unknown status \(found)")
        }
        self = status
    }

    func write(to writer: inout ProtobufWriter) { writer.unsigned(1, rawValue) }
}
