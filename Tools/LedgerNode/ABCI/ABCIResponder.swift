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
    let snapshots: SnapshotStore
    let snapshotPause: SnapshotWriting.Pause?
    /// The snapshot that is being written.
    var snapshotTask: Task<Void, Never>?
    var statePath: String { folder.databasePath }

    init(_ configuration: ABCINodeConfiguration) throws(LedgerNodeError) {
        guard configuration.snapshotInterval >= 0, configuration.retainedBlocks >= 0 else {
            throw .configuration(field: "snapshot interval, retained blocks", reason: "expected at least 0")
        }
        folder = try HomeFolder(configuration.home, of: .abci)
        store = try LedgerStore(path: folder.databasePath, of: .abci)
        // Of a state sync that a kill has ended.
        try store.clearRestoring()
        snapshots = try SnapshotStore(path: folder.snapshotsPath)
        application = try LedgerApplication(store: store, chainID: configuration.chainID)
        logger = configuration.logger
        snapshotInterval = configuration.snapshotInterval
        retainedBlocks = configuration.retainedBlocks
        chunkSize = configuration.chunkSize
        snapshotPause = configuration.snapshotPause
    }

    var standing: ABCINode.Standing {
        let info = application.info()
        return .init(chainID: application.chainID, height: info.lastBlockHeight, appHash: info.lastBlockAppHash)
    }

    /// Closes the home; a snapshot that is not whole by then is given up.
    func close() async {
        snapshotTask?.cancel()
        await finishSnapshot()
        snapshots.database.close()
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
        case .listSnapshots: .listSnapshots(.init(snapshots: try snapshots.snapshots()))
        case .offerSnapshot(let request): .offerSnapshot(try offerSnapshot(request))
        case .loadSnapshotChunk(let request): .loadSnapshotChunk(try loadSnapshotChunk(request))
        case .applySnapshotChunk(let request): .applySnapshotChunk(try applySnapshotChunk(request))
        }
    }
}
