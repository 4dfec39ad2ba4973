internal import LightClient

/// The calls about the node itself.
extension Engine {
    /// The version that the node reports: the CometBFT release whose shapes it keeps to.
    static let reportedVersion = "0.38.25"

    private var nodeInfo: RPCValue {
        let identity = chain.validators.set.validators.first?.address.bytes ?? []
        return [
            "protocol_version": [
                "p2p": "8", "block": .integer(Header.blockProtocol), "app": .integer(LedgerApplication.appVersion),
            ],
            "id": .text(Hex.encode(identity)), "listen_addr": .text(listenAddress), "network": .text(chainID),
            "version": .text(Self.reportedVersion), "channels": "", "moniker": "standalone",
            "other": ["tx_index": "on", "rpc_address": .text(listenAddress)],
        ]
    }

    func status(_ faults: AnswerFaults) throws -> RPCValue {
        let (latest, earliest) = try ends(faults)
        guard let validator = chain.validators.set.validators.first
        else { throw LedgerNodeError.application(reason: "there are no validators") }
        return [
            "node_info": nodeInfo,
            "sync_info": [
                "latest_block_hash": .hex(latest.blockID.hash?.bytes ?? []),
                "latest_app_hash": .hex(latest.header.appHash), "latest_block_height": .integer(latest.header.height),
                "latest_block_time": .shaped(latest.header.time),
                "earliest_block_hash": .hex(earliest.blockID.hash?.bytes ?? []),
                "earliest_app_hash": .hex(earliest.header.appHash),
                "earliest_block_height": .integer(earliest.header.height),
                "earliest_block_time": .shaped(earliest.header.time), "catching_up": false,
            ],
            "validator_info": [
                "address": .text(validator.address.hex), "pub_key": .shaped(validator.publicKey),
                "voting_power": .integer(validator.power),
            ],
        ]
    }

    func netInfo() -> RPCValue {
        ["listening": true, "listeners": [.text(listenAddress)], "n_peers": "0", "peers": []]
    }

    nonisolated func genesisChunk(_ chunk: Int64) throws -> RPCValue {
        guard chunk == 0 else {
            throw RPCError.internalError("there are 1 chunks, \(chunk) is invalid")
        }
        return ["chunk": "0", "total": "1", "data": .base64(try RPCJSON.encode(genesis))]
    }

    func consensusParameters(_ height: Int64?) throws(RPCError) -> RPCValue {
        let height = try checked(height, latest: chain.height + 1)
        return ["block_height": .integer(height), "consensus_params": .shaped(genesis.consensusParameters)]
    }

    func abciInfo() throws(LedgerNodeError) -> RPCValue {
        let info = try chain.application.info()
        return [
            "response": [
                "data": .text(info.data), "version": .text(info.version), "app_version": .integer(info.appVersion),
                "last_block_height": .integer(info.lastBlockHeight),
                "last_block_app_hash": .base64(info.lastBlockAppHash),
            ]
        ]
    }

    func abciQuery(_ request: QueryRequest, _ faults: AnswerFaults) throws -> RPCValue {
        guard request.height >= 0 else { throw RPCError.internalError("cannot query with proof when height < 0") }
        var response = try chain.application.query(request)
        if let lie = faults.proofLie, response.code == 0 {
            response = try lie.told(response) {
                let earlier = QueryRequest(
                    path: request.path, data: request.data, height: max(1, response.height - 1), prove: request.prove)
                return try chain.application.query(earlier)
            }
        }
        return .shaped(ABCIQueryResult(response: response))
    }
}
