internal import LightClient

/// The calls about blocks.
extension Engine {
    /// The most validators on a page.
    static let maximumPage: Int64 = 100
    /// The most metas of /blockchain.
    static let maximumMetas: Int64 = 20

    /// A height that the node has; nil stands for the latest.
    func checked(_ height: Int64?, latest: Int64, lowest: Int64 = 1) throws(RPCError) -> Int64 {
        guard let height else { return latest }
        guard height > 0 else { throw .internalError("height must be greater than 0, but got \(height)") }
        guard height <= latest else {
            throw .internalError(
                "height \(height) must be less than or equal to the current blockchain height \(latest)")
        }
        guard height >= lowest else {
            throw .internalError("height \(height) is not available, lowest height is \(lowest)")
        }
        return height
    }

    /// A block as those who ask are told it; nil above the newest.
    private func told(_ height: Int64, _ faults: AnswerFaults) throws(LedgerNodeError) -> StoredBlock? {
        guard faults.isForked else { return try chain.block(at: height) }
        return try board.fork?.twin(at: height, of: chain)
    }

    private func stored(_ height: Int64?, _ faults: AnswerFaults) throws -> StoredBlock {
        let height = try checked(height, latest: chain.height, lowest: faults.lowest)
        guard let block = try told(height, faults) else { throw store.corrupt("there is no block \(height)") }
        return block
    }

    /// The newest block and the oldest that is admitted to.
    func ends(_ faults: AnswerFaults) throws -> (latest: StoredBlock, earliest: StoredBlock) {
        (try stored(nil, faults), try stored(min(max(1, faults.lowest), chain.height), .none))
    }

    func commit(_ height: Int64?, _ faults: AnswerFaults) throws -> RPCValue {
        let block = try stored(height, faults)
        // Of the newest block only the node's own commit is there; of others, the one that the next header hashes.
        let isNewest = block.header.height == chain.height
        let canonical = isNewest ? nil : try told(block.header.height + 1, faults)?.block.lastCommit
        return .shaped(
            CommitResult(
                signedHeader: SignedHeader(header: block.header, commit: canonical ?? block.commit),
                canonical: !isNewest))
    }

    func validators(
        _ height: Int64?, page: Int64?, perPage: Int64?, _ faults: AnswerFaults
    ) throws -> RPCValue {
        // The set of the block to come is known as well.
        let height = try checked(height, latest: chain.height + 1, lowest: faults.lowest)
        var set = try chain.validators(at: height).set
        if faults.isForked, let fork = board.fork, height >= fork.start { set = fork.validators(set) }
        let members = set.validators
        let total = Int64(members.count)
        let size = perPage.map { $0 < 1 ? 30 : min($0, Self.maximumPage) } ?? 30
        let pages = max(1, (total - 1) / size + 1)
        let page = page ?? 1
        guard page > 0, page <= pages else {
            throw RPCError.internalError("page should be within [1, \(pages)] range, given \(page)")
        }
        let start = Int((page - 1) * size)
        let end = min(start + Int(size), members.count)
        return .shaped(
            ValidatorsResult(blockHeight: height, validators: Array(members[start..<end]), total: total))
    }

    func header(_ height: Int64?, _ faults: AnswerFaults) throws -> RPCValue {
        .shaped(HeaderResult(header: try stored(height, faults).header))
    }

    func header(hash: [UInt8], _ faults: AnswerFaults) throws -> RPCValue {
        .shaped(HeaderResult(header: try stored(hash: hash, faults)?.header))
    }

    private func stored(hash: [UInt8], _ faults: AnswerFaults) throws(LedgerNodeError) -> StoredBlock? {
        guard let hash = Hash(bytes: hash), let height = try store.height(ofBlock: hash), height >= faults.lowest
        else { return nil }
        return try store.block(at: height)
    }

    func block(_ height: Int64?, _ faults: AnswerFaults) throws -> RPCValue {
        Self.value(try stored(height, faults))
    }

    func block(hash: [UInt8], _ faults: AnswerFaults) throws -> RPCValue {
        guard let block = try stored(hash: hash, faults) else {
            return ["block_id": .shaped(BlockID.zero), "block": .null]
        }
        return Self.value(block)
    }

    private static func value(_ block: StoredBlock) -> RPCValue {
        [
            "block_id": .shaped(block.blockID),
            "block": [
                "header": .shaped(block.header),
                "data": ["txs": .array(block.block.transactions.map { .text(Base64.encode($0)) })],
                "evidence": ["evidence": .array(block.aftermath.evidence.map { .shaped($0) })],
                "last_commit": .shaped(block.block.lastCommit),
            ],
        ]
    }

    func blockResults(_ height: Int64?, _ faults: AnswerFaults) throws -> RPCValue {
        let block = try stored(height, faults)
        // What the block left behind stands in the next header; of the newest one the chain knows it already.
        let appHash =
            block.header.height == chain.height
            ? chain.appHash : try stored(block.header.height + 1, faults).header.appHash
        return [
            "height": .integer(block.header.height),
            "txs_results": block.results.isEmpty ? .null : .array(block.results.map(Self.value)),
            "finalize_block_events": [], "validator_updates": Self.value(block.aftermath.updates),
            "consensus_param_updates": .null, "app_hash": .base64(appHash),
        ]
    }

    /// The changes of a block, in the shape that Go's oneof has; null where there are none.
    private static func value(_ updates: [ABCI.ValidatorUpdate]) -> RPCValue {
        guard !updates.isEmpty else { return .null }
        return .array(
            updates.map { update in
                let key: RPCValue = ["ed25519": .base64(update.publicKey?.bytes ?? [])]
                var members: [String: RPCValue] = [
                    "pub_key": ["Sum": ["type": "tendermint.crypto.PublicKey_Ed25519", "value": key]]
                ]
                // A power of 0 is left out, as everywhere.
                if update.power != 0 { members["power"] = .integer(update.power) }
                return .object(members)
            })
    }

    func blockchain(_ minimum: Int64, _ maximum: Int64, _ faults: AnswerFaults) throws -> RPCValue {
        guard minimum >= 0, maximum >= 0 else { throw RPCError.internalError("heights must be non-negative") }
        let newest = chain.height
        let highest = maximum == 0 ? newest : min(newest, maximum)
        let lowest = max(max(1, minimum, faults.lowest), highest - Self.maximumMetas + 1)
        guard lowest <= highest else {
            throw RPCError.internalError(
                "invalid request: min height \(lowest) can't be greater than max height \(highest)")
        }
        var metas: [RPCValue] = []
        for height in (lowest...highest).reversed() {
            let block = try stored(height, faults)
            metas.append([
                "block_id": .shaped(block.blockID), "block_size": .integer(block.size),
                "header": .shaped(block.header), "num_txs": .integer(block.block.transactions.count),
            ])
        }
        return ["last_height": .integer(newest), "block_metas": .array(metas)]
    }
}
