internal import LightClient
internal import Logging

/// The one place where the application is called, whichever connection asks: one call after the other.
actor ABCIResponder {
    let application: LedgerApplication
    let logger: Logger
    private let folder: HomeFolder
    private let store: LedgerStore
    let snapshotInterval: Int64
    let retainedBlocks: Int64
    let chunkSize: Int

    init(_ configuration: ABCINodeConfiguration) throws(LedgerNodeError) {
        guard configuration.snapshotInterval >= 0, configuration.retainedBlocks >= 0 else {
            throw .configuration(field: "snapshot interval, retained blocks", reason: "expected at least 0")
        }
        folder = try HomeFolder(configuration.home, of: .abci)
        store = try LedgerStore(path: folder.databasePath, of: .abci)
        // Of a state sync that a kill has ended.
        try store.clearRestoring()
        application = try LedgerApplication(store: store, chainID: configuration.chainID)
        logger = configuration.logger
        snapshotInterval = configuration.snapshotInterval
        retainedBlocks = configuration.retainedBlocks
        chunkSize = configuration.chunkSize
    }

    var standing: ABCINode.Standing {
        let info = application.info()
        return .init(chainID: application.chainID, height: info.lastBlockHeight, appHash: info.lastBlockAppHash)
    }

    func close() {
        store.database.close()
        folder.release()
    }

    /// The answer to a request: of its own kind, or an exception, on which the node stops. What somebody sent to the node
    /// (a transaction, a question, a chunk) never makes one.
    func answer(_ request: ABCI.Request) -> ABCI.Response {
        do throws(LedgerNodeError) { return try respond(request) } catch {
            return .exception(error.description)
        }
    }

    private func respond(_ request: ABCI.Request) throws(LedgerNodeError) -> ABCI.Response {
        switch request {
        case .echo(let message): .echo(message)
        case .flush: .flush
        case .info(let request): .info(try info(request))
        case .initChain(let request): .initChain(try initChain(request))
        case .query(let request): .query(try query(request))
        case .checkTx(let request): .checkTx(Self.outcome(try application.checkTx(request.transaction)))
        case .prepareProposal(let request): .prepareProposal(try prepareProposal(request))
        case .processProposal(let request):
            .processProposal(application.processProposal(request.transactions) ? .accept : .reject)
        // Votes carry nothing of ours; an extension that is there all the same harms nobody.
        case .extendVote: .extendVote(.init())
        case .verifyVoteExtension: .verifyVoteExtension(.accept)
        case .finalizeBlock(let request): .finalizeBlock(try finalizeBlock(request))
        case .commit: .commit(try commit())
        case .listSnapshots: .listSnapshots(.init(snapshots: try store.snapshots()))
        case .offerSnapshot(let request): .offerSnapshot(try offerSnapshot(request))
        case .loadSnapshotChunk(let request): .loadSnapshotChunk(try loadSnapshotChunk(request))
        case .applySnapshotChunk(let request): .applySnapshotChunk(try applySnapshotChunk(request))
        }
    }

    // MARK: Snapshots

    private func offerSnapshot(
        _ request: ABCI.OfferSnapshot.Request
    ) throws(LedgerNodeError) -> ABCI.OfferSnapshot.Response {
        let known = application.chainID
        let verdict = try application.offerSnapshot(request)
        let name = "snapshot of height \(request.snapshot?.height ?? 0)"
        switch verdict {
        case .accept where known == nil:
            logger.warning(
                "\(name): the ledger's name is taken from it; a start with --chain-id would hold it against that")
        case .accept: logger.info("\(name) is being restored")
        case .abort:
            logger.error("\(name): not restored over the state of height \(application.height); it needs an empty home")
        case .reject, .rejectFormat, .rejectSender: logger.warning("\(name) is refused: \(verdict)")
        }
        return .init(verdict: verdict)
    }

    private func loadSnapshotChunk(
        _ request: ABCI.LoadSnapshotChunk.Request
    ) throws(LedgerNodeError) -> ABCI.LoadSnapshotChunk.Response {
        guard request.format == SnapshotMetadata.format, let height = Int64(exactly: request.height) else {
            return .init()
        }
        return .init(chunk: try store.snapshotChunk(height: height, place: Int64(request.chunk)) ?? [])
    }

    private func applySnapshotChunk(
        _ request: ABCI.ApplySnapshotChunk.Request
    ) throws(LedgerNodeError) -> ABCI.ApplySnapshotChunk.Response {
        let response = try application.applySnapshotChunk(request)
        if response.verdict != .accept {
            logger.warning("snapshot chunk \(request.index) of \(request.sender): \(response.verdict)")
        }
        return response
    }

    /// The height below which no block is needed, 0 for none: `retainedBlocks` are kept, and every block from the oldest
    /// snapshot on, since who restores it goes on from there.
    func retainHeight(at height: Int64) throws(LedgerNodeError) -> Int64 {
        guard retainedBlocks > 0 else { return 0 }
        let wanted = max(0, height - retainedBlocks + 1)
        guard snapshotInterval > 0 else { return wanted }
        return min(wanted, Int64(clamping: try store.snapshots().last?.height ?? 0))
    }
}
