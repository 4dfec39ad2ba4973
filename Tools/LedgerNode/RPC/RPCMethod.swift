/// A call that the node answers: its parameters in order, and what it does.
struct RPCMethod: Sendable {
    let parameters: [String]
    private let body: @Sendable (Engine, RPCParameters, AnswerFaults) async throws -> RPCValue

    private init(
        _ parameters: [String],
        _ body: @escaping @Sendable (Engine, RPCParameters, AnswerFaults) async throws -> RPCValue
    ) {
        self.parameters = parameters
        self.body = body
    }

    /// Runs the call; whatever goes wrong comes back as JSON-RPC's error.
    func call(
        _ engine: Engine, _ parameters: RPCParameters, _ faults: AnswerFaults
    ) async throws(RPCError) -> RPCValue {
        do {
            return try await body(engine, parameters, faults)
        } catch let error as RPCError {
            throw error
        } catch let error as LedgerNodeError {
            throw RPCError(error)
        } catch {
            throw .internalError("\(error)")
        }
    }

    /// Every call by its name.
    static let all: [String: RPCMethod] = [
        "health": RPCMethod([]) { _, _, _ in [:] },
        "status": RPCMethod([]) { engine, _, faults in try await engine.status(faults) },
        "net_info": RPCMethod([]) { engine, _, _ in await engine.netInfo() },
        "genesis": RPCMethod([]) { engine, _, _ in ["genesis": .shaped(engine.genesis)] },
        "genesis_chunked": RPCMethod(["chunk"]) { engine, parameters, _ in
            try engine.genesisChunk(parameters.integer("chunk") ?? 0)
        },
        "commit": RPCMethod(["height"]) { engine, parameters, faults in
            try await engine.commit(parameters.integer("height"), faults)
        },
        "validators": RPCMethod(["height", "page", "per_page"]) { engine, parameters, faults in
            try await engine.validators(
                parameters.integer("height"), page: parameters.integer("page"),
                perPage: parameters.integer("per_page"), faults)
        },
        "header": RPCMethod(["height"]) { engine, parameters, faults in
            try await engine.header(parameters.integer("height"), faults)
        },
        "header_by_hash": RPCMethod(["hash"]) { engine, parameters, faults in
            try await engine.header(hash: parameters.bytes("hash", as: .hex), faults)
        },
        "block": RPCMethod(["height"]) { engine, parameters, faults in
            try await engine.block(parameters.integer("height"), faults)
        },
        "block_by_hash": RPCMethod(["hash"]) { engine, parameters, faults in
            try await engine.block(hash: parameters.bytes("hash", as: .base64), faults)
        },
        "block_results": RPCMethod(["height"]) { engine, parameters, faults in
            try await engine.blockResults(parameters.integer("height"), faults)
        },
        "blockchain": RPCMethod(["minHeight", "maxHeight"]) { engine, parameters, faults in
            try await engine.blockchain(
                parameters.integer("minHeight") ?? 0, parameters.integer("maxHeight") ?? 0, faults)
        },
        "consensus_params": RPCMethod(["height"]) { engine, parameters, _ in
            try await engine.consensusParameters(parameters.integer("height"))
        },
        "tx": RPCMethod(["hash", "prove"]) { engine, parameters, _ in
            try await engine.transaction(
                parameters.bytes("hash", as: .base64), prove: parameters.flag("prove"))
        },
        "abci_info": RPCMethod([]) { engine, _, _ in try await engine.abciInfo() },
        "abci_query": RPCMethod(["path", "data", "height", "prove"]) { engine, parameters, faults in
            try await engine.abciQuery(
                QueryRequest(
                    path: parameters.text("path"), data: parameters.bytes("data", as: .hex),
                    height: parameters.integer("height") ?? 0, prove: parameters.flag("prove")), faults)
        },
        "broadcast_tx_sync": RPCMethod(["tx"]) { engine, parameters, _ in
            try await engine.broadcastSync(parameters.bytes("tx", as: .base64))
        },
        "broadcast_tx_async": RPCMethod(["tx"]) { engine, parameters, _ in
            try await engine.broadcastAsync(parameters.bytes("tx", as: .base64))
        },
        "broadcast_tx_commit": RPCMethod(["tx"]) { engine, parameters, _ in
            try await engine.broadcastCommit(parameters.bytes("tx", as: .base64))
        },
        "broadcast_evidence": RPCMethod(["evidence"]) { engine, parameters, _ in
            try await engine.broadcastEvidence(try parameters.json("evidence"))
        },
        "check_tx": RPCMethod(["tx"]) { engine, parameters, _ in
            try await engine.checkTransaction(parameters.bytes("tx", as: .base64))
        },
        "unconfirmed_txs": RPCMethod(["limit"]) { engine, parameters, _ in
            await engine.unconfirmed(limit: try parameters.integer("limit"))
        },
        "num_unconfirmed_txs": RPCMethod([]) { engine, _, _ in await engine.unconfirmed(limit: 0) },
    ]
}
