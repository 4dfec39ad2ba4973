internal import LightClient

extension ABCI {
    /// What the application answers: the call's own kind, or an exception, on which a node stops.
    enum Response: Equatable {
        case exception(String)
        case echo(Echo.Message)
        case flush
        case info(Info.Response)
        case initChain(InitChain.Response)
        case query(Query.Response)
        case checkTx(TransactionOutcome)
        case commit(Commit.Response)
        case listSnapshots(ListSnapshots.Response)
        case offerSnapshot(OfferSnapshot.Response)
        case loadSnapshotChunk(LoadSnapshotChunk.Response)
        case applySnapshotChunk(ApplySnapshotChunk.Response)
        case prepareProposal(PrepareProposal.Response)
        case processProposal(ProposalStatus)
        case extendVote(ExtendVote.Response)
        case verifyVoteExtension(ProposalStatus)
        case finalizeBlock(FinalizeBlock.Response)
    }
}

extension ABCI.Response: ProtobufMessage {
    static let protobufName = "Response"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        let start = reader.offset
        var found: Self?
        while let field = try reader.next() {
            guard let response = try Self.read(field) else { continue }
            guard found == nil else { throw field.fault("is a second response in one frame") }
            found = response
        }
        guard let found else {
            throw .malformedProtobuf(message: Self.protobufName, offset: start, reason: "no response of ABCI 2.0")
        }
        self = found
    }

    private static func read(_ field: ProtobufReader.Field) throws(LightClientError) -> Self? {
        switch field.number {
        case 1: return .exception(try field.message(ABCI.Echo.Message.self).text)
        case 2: return .echo(try field.message(ABCI.Echo.Message.self))
        case 3:
            _ = try field.message(ABCI.Empty.self)
            return .flush
        case 4: return .info(try field.message(ABCI.Info.Response.self))
        case 6: return .initChain(try field.message(ABCI.InitChain.Response.self))
        case 7: return .query(try field.message(ABCI.Query.Response.self))
        case 9: return .checkTx(try field.message(ABCI.TransactionOutcome.self))
        case 12: return .commit(try field.message(ABCI.Commit.Response.self))
        case 13: return .listSnapshots(try field.message(ABCI.ListSnapshots.Response.self))
        case 14: return .offerSnapshot(try field.message(ABCI.OfferSnapshot.Response.self))
        case 15: return .loadSnapshotChunk(try field.message(ABCI.LoadSnapshotChunk.Response.self))
        case 16: return .applySnapshotChunk(try field.message(ABCI.ApplySnapshotChunk.Response.self))
        case 17: return .prepareProposal(try field.message(ABCI.PrepareProposal.Response.self))
        case 18: return .processProposal(try field.message(ABCI.ProposalStatus.self))
        case 19: return .extendVote(try field.message(ABCI.ExtendVote.Response.self))
        case 20: return .verifyVoteExtension(try field.message(ABCI.ProposalStatus.self))
        case 21: return .finalizeBlock(try field.message(ABCI.FinalizeBlock.Response.self))
        default: return nil
        }
    }

    func write(to writer: inout ProtobufWriter) {
        switch self {
        case .exception(let text): writer.message(1, ABCI.Echo.Message(text: text))
        case .echo(let response): writer.message(2, response)
        case .flush: writer.message(3, ABCI.Empty())
        case .info(let response): writer.message(4, response)
        case .initChain(let response): writer.message(6, response)
        case .query(let response): writer.message(7, response)
        case .checkTx(let response): writer.message(9, response)
        case .commit(let response): writer.message(12, response)
        case .listSnapshots(let response): writer.message(13, response)
        case .offerSnapshot(let response): writer.message(14, response)
        case .loadSnapshotChunk(let response): writer.message(15, response)
        case .applySnapshotChunk(let response): writer.message(16, response)
        case .prepareProposal(let response): writer.message(17, response)
        case .processProposal(let response): writer.message(18, response)
        case .extendVote(let response): writer.message(19, response)
        case .verifyVoteExtension(let response): writer.message(20, response)
        case .finalizeBlock(let response): writer.message(21, response)
        }
    }
}
