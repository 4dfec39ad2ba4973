internal import LightClient

/// The calls about blocks.
extension Engine {
    /// The most validators on a page.
    static let maximumPage: Int64 = 100
    /// The most metas of /blockchain.
    static let maximumMetas: Int64 = 20

    /// A height that the node has; nil stands for the latest.
    func checked(_ height: Int64?, latest: Int64) throws(RPCError) -> Int64 {
        guard let height else { return latest }
        guard height > 0 else { throw .internalError("height must be greater than 0, but got \(height)") }
        guard height <= latest else {
            throw .internalError(
                "height \(height) must be less than or equal to the current blockchain height \(latest)")
        }
        return height
    }

    private func stored(_ height: Int64?) throws -> StoredBlock {
        let height = try checked(height, latest: chain.height)
        guard let block = try store.block(at: height) else { throw store.corrupt("there is no block \(height)") }
        return block
    }

    func commit(_ height: Int64?) throws -> RPCValue {
        let block = try stored(height)
        // Of the newest block only the node's own commit is there; of others, the one that the next header hashes.
        let isNewest = block.header.height == chain.height
        let canonical = isNewest ? nil : try store.block(at: block.header.height + 1)?.block.lastCommit
        return .shaped(
            CommitResult(
                signedHeader: SignedHeader(header: block.header, commit: canonical ?? block.commit),
                canonical: !isNewest))
    }

    func validators(_ height: Int64?, page: Int64?, perPage: Int64?) throws(RPCError) -> RPCValue {
        // The set of the block to come is known as well.
        let height = try checked(height, latest: chain.height + 1)
        let members = chain.validators.validators
        let total = Int64(members.count)
        let size = perPage.map { $0 < 1 ? 30 : min($0, Self.maximumPage) } ?? 30
        let pages = max(1, (total - 1) / size + 1)
        let page = page ?? 1
        guard page > 0, page <= pages else {
            throw .internalError("page should be within [1, \(pages)] range, given \(page)")
        }
        let start = Int((page - 1) * size)
        let end = min(start + Int(size), members.count)
        return .shaped(
            ValidatorsResult(blockHeight: height, validators: Array(members[start..<end]), total: total))
    }

    func header(_ height: Int64?) throws -> RPCValue {
        .shaped(HeaderResult(header: try stored(height).header))
    }

    func header(hash: [UInt8]) throws -> RPCValue {
        .shaped(HeaderResult(header: try stored(hash: hash)?.header))
    }

    private func stored(hash: [UInt8]) throws(LedgerNodeError) -> StoredBlock? {
        guard let hash = Hash(bytes: hash), let height = try store.height(ofBlock: hash) else { return nil }
        return try store.block(at: height)
    }

    func block(_ height: Int64?) throws -> RPCValue { Self.value(try stored(height)) }

    func block(hash: [UInt8]) throws -> RPCValue {
        guard let block = try stored(hash: hash) else {
            return ["block_id": .shaped(BlockID.zero), "block": .null]
        }
        return Self.value(block)
    }

    private static func value(_ block: StoredBlock) -> RPCValue {
        ["block_id": .shaped(block.blockID), "block": .shaped(block.block)]
    }

    func blockResults(_ height: Int64?) throws -> RPCValue {
        let block = try stored(height)
        // What the block left behind stands in the next header; of the newest one the chain knows it already.
        let appHash =
            block.header.height == chain.height
            ? chain.appHash : try stored(block.header.height + 1).header.appHash
        return [
            "height": .integer(block.header.height),
            "txs_results": block.results.isEmpty ? .null : .array(block.results.map(Self.value)),
            "finalize_block_events": [], "validator_updates": .null,
            "consensus_param_updates": .null, "app_hash": .base64(appHash),
        ]
    }

    func blockchain(_ minimum: Int64, _ maximum: Int64) throws -> RPCValue {
        guard minimum >= 0, maximum >= 0 else { throw RPCError.internalError("heights must be non-negative") }
        let newest = chain.height
        let highest = maximum == 0 ? newest : min(newest, maximum)
        let lowest = max(max(1, minimum), highest - Self.maximumMetas + 1)
        guard lowest <= highest else {
            throw RPCError.internalError(
                "invalid request: min height \(lowest) can't be greater than max height \(highest)")
        }
        var metas: [RPCValue] = []
        for height in (lowest...highest).reversed() {
            let block = try stored(height)
            metas.append([
                "block_id": .shaped(block.blockID), "block_size": .integer(block.size),
                "header": .shaped(block.header), "num_txs": .integer(block.block.transactions.count),
            ])
        }
        return ["last_height": .integer(newest), "block_metas": .array(metas)]
    }
}
