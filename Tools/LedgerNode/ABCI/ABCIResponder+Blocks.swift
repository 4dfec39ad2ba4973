internal import Ledger
internal import LightClient
internal import Logging

extension ABCIResponder {
    /// Where the state stands. A node of another major version is told so before it says anything that we do not know.
    func info(_ request: ABCI.Info.Request) throws(LedgerNodeError) -> ABCI.Info.Response {
        // Tools that only ask say no version.
        guard request.abciVersion.isEmpty || request.abciVersion.hasPrefix("2.") else {
            throw .application(
                reason: "the node speaks ABCI \(request.abciVersion.prefix(40)), expected 2.x (CometBFT 0.38 or 1.0)")
        }
        let info = application.info()
        return .init(
            data: info.data, version: info.version, appVersion: info.appVersion,
            lastBlockHeight: info.lastBlockHeight, lastBlockAppHash: info.lastBlockAppHash)
    }

    /// The genesis file's validators and parameters stand as they are.
    func initChain(_ request: ABCI.InitChain.Request) throws(LedgerNodeError) -> ABCI.InitChain.Response {
        let appHash = try application.initChain(
            InitChainRequest(
                time: request.time, chainID: request.chainID, initialHeight: request.initialHeight,
                appState: request.appState))
        if let age = request.consensusParameters?.evidence?.maximumAge.seconds,
            let window = try? RPCJSON.decode(LedgerGenesis.self, from: request.appState).evidenceWindowSeconds,
            age < window
        {
            logger.warning(
                """
                genesis: consensus_params evidence.max_age_duration is \(age) s, app_state evidence_window_s \(window) s: \
                light clients trust longer than validators answer
                """)
        }
        return .init(appHash: appHash)
    }

    func query(_ request: ABCI.Query.Request) throws(LedgerNodeError) -> ABCI.Query.Response {
        let answer = try application.query(
            QueryRequest(path: request.path, data: request.data, height: request.height, prove: request.prove))
        return .init(
            code: answer.code, log: answer.log, info: answer.info, index: answer.index, key: answer.key,
            value: answer.value, proofOps: answer.proofOps, height: answer.height, codespace: answer.codespace)
    }

    func prepareProposal(
        _ request: ABCI.PrepareProposal.Request
    ) throws(LedgerNodeError) -> ABCI.PrepareProposal.Response {
        .init(
            transactions: try application.prepareProposal(
                request.transactions, maximumBytes: Int(clamping: request.maximumBytes), time: request.time))
    }

    /// Misbehaviour changes no state, and validators change only by a new genesis: it is told to the operator.
    func finalizeBlock(_ request: ABCI.ProposedBlock) throws(LedgerNodeError) -> ABCI.FinalizeBlock.Response {
        for misbehavior in request.misbehavior {
            logger.error(
                """
                block \(request.height): validator \(Hex.encode(misbehavior.validator.address, upperCase: true)) \
                misbehaved at height \(misbehavior.height) (kind \(misbehavior.kind))
                """)
        }
        let response = try application.finalizeBlock(
            FinalizeBlockRequest(
                transactions: request.transactions, height: request.height, time: request.time,
                misbehavior: request.misbehavior))
        for result in response.results where result.isEquivocation {
            logger.error("block \(request.height): a charger is frozen: \(result.log)")
        }
        return .init(results: response.results.map(Self.outcome), appHash: response.appHash)
    }

    func commit() throws(LedgerNodeError) -> ABCI.Commit.Response {
        try application.commit()
        let height = application.height
        if snapshotInterval > 0, height.isMultiple(of: snapshotInterval) { beginSnapshot(at: height) }
        return .init(retainHeight: try retainHeight(at: height))
    }

    static func outcome(_ result: TransactionResult) -> ABCI.TransactionOutcome {
        .init(
            code: result.code, data: result.data, log: result.log,
            codespace: result.code == 0 ? "" : "wattseal")
    }
}
