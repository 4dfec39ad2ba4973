internal import LightClient

extension ABCI {
    /// What a node asks: exactly one call a frame.
    enum Request: Equatable {
        case echo(Echo.Message)
        case flush
        case info(Info.Request)
        case initChain(InitChain.Request)
        case query(Query.Request)
        case checkTx(CheckTx.Request)
        case commit
        case listSnapshots
        case offerSnapshot(OfferSnapshot.Request)
        case loadSnapshotChunk(LoadSnapshotChunk.Request)
        case applySnapshotChunk(ApplySnapshotChunk.Request)
        case prepareProposal(PrepareProposal.Request)
        case processProposal(ProposedBlock)
        case extendVote(ExtendVote.Request)
        case verifyVoteExtension(VerifyVoteExtension.Request)
        case finalizeBlock(ProposedBlock)
    }
}

extension ABCI.Request: ProtobufMessage {
    static let protobufName = "Request"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        let start = reader.offset
        var found: Self?
        while let field = try reader.next() {
            guard let request = try Self.read(field) else { continue }
            guard found == nil else { throw field.fault("is a second request in one frame") }
            found = request
        }
        guard let found else {
            throw .malformedProtobuf(message: Self.protobufName, offset: start, reason: "no request of ABCI 2.0")
        }
        self = found
    }

    /// The request in a field, or nil for one that ABCI 2.0 does not have.
    private static func read(_ field: ProtobufReader.Field) throws(LightClientError) -> Self? {
        switch field.number {
        case 1: return .echo(try field.message(ABCI.Echo.Message.self))
        case 2:
            _ = try field.message(ABCI.Empty.self)
            return .flush
        case 3: return .info(try field.message(ABCI.Info.Request.self))
        case 5: return .initChain(try field.message(ABCI.InitChain.Request.self))
        case 6: return .query(try field.message(ABCI.Query.Request.self))
        case 8: return .checkTx(try field.message(ABCI.CheckTx.Request.self))
        case 11:
            _ = try field.message(ABCI.Empty.self)
            return .commit
        case 12:
            _ = try field.message(ABCI.Empty.self)
            return .listSnapshots
        case 13: return .offerSnapshot(try field.message(ABCI.OfferSnapshot.Request.self))
        case 14: return .loadSnapshotChunk(try field.message(ABCI.LoadSnapshotChunk.Request.self))
        case 15: return .applySnapshotChunk(try field.message(ABCI.ApplySnapshotChunk.Request.self))
        case 16: return .prepareProposal(try field.message(ABCI.PrepareProposal.Request.self))
        case 17: return .processProposal(try field.message(ABCI.ProposedBlock.self))
        case 18: return .extendVote(try field.message(ABCI.ExtendVote.Request.self))
        case 19: return .verifyVoteExtension(try field.message(ABCI.VerifyVoteExtension.Request.self))
        case 20: return .finalizeBlock(try field.message(ABCI.ProposedBlock.self))
        default: return nil
        }
    }

    func write(to writer: inout ProtobufWriter) {
        switch self {
        case .echo(let request): writer.message(1, request)
        case .flush: writer.message(2, ABCI.Empty())
        case .info(let request): writer.message(3, request)
        case .initChain(let request): writer.message(5, request)
        case .query(let request): writer.message(6, request)
        case .checkTx(let request): writer.message(8, request)
        case .commit: writer.message(11, ABCI.Empty())
        case .listSnapshots: writer.message(12, ABCI.Empty())
        case .offerSnapshot(let request): writer.message(13, request)
        case .loadSnapshotChunk(let request): writer.message(14, request)
        case .applySnapshotChunk(let request): writer.message(15, request)
        case .prepareProposal(let request): writer.message(16, request)
        case .processProposal(let request): writer.message(17, request)
        case .extendVote(let request): writer.message(18, request)
        case .verifyVoteExtension(let request): writer.message(19, request)
        case .finalizeBlock(let request): writer.message(20, request)
        }
    }
}
