internal import Ledger
internal import LightClient

/// The calls about transactions.
extension Engine {
    /// How long /broadcast_tx_commit waits.
    static let commitTimeout = Duration.seconds(10)

    func transaction(_ hash: [UInt8], prove: Bool) throws -> RPCValue {
        guard let name = Hash(bytes: hash), let found = try store.transaction(name) else {
            throw RPCError.internalError("tx (\(Hex.encode(hash, upperCase: true))) not found")
        }
        var members: [String: RPCValue] = [
            "hash": .hex(hash), "height": .integer(found.height), "index": .number(Int64(found.index)),
            "tx_result": Self.value(found.result), "tx": .base64(found.bytes),
        ]
        if prove {
            guard let block = try store.block(at: found.height) else {
                throw store.corrupt("there is no block \(found.height)")
            }
            let (root, proofs) = BlockHashes.dataProofs(block.block.transactions)
            members["proof"] = .shaped(
                TransactionProof(rootHash: root, data: found.bytes, proof: proofs[Int(found.index)]))
        }
        return .object(members)
    }

    /// A transaction's result, of CheckTx or of a block.
    static func value(_ result: TransactionResult) -> RPCValue {
        [
            "code": .number(Int64(result.code)), "data": .base64(result.data), "log": .text(result.log), "info": "",
            "gas_wanted": "0", "gas_used": "0", "events": [], "codespace": result.code == 0 ? "" : "wattseal",
        ]
    }

    func checkTransaction(_ bytes: [UInt8]) throws -> RPCValue {
        Self.value(try chain.application.checkTx(bytes))
    }

    // MARK: Broadcast

    private func admit(_ bytes: [UInt8]) async throws -> (hash: Hash, result: TransactionResult) {
        guard bytes.count <= Transaction.maximumBytes else {
            throw RPCError.internalError(
                "tx too large. Max size is \(Transaction.maximumBytes), but got \(bytes.count)")
        }
        let hash = Hash.sha256(bytes)
        switch try await submit(bytes, hash: hash) {
        case .checked(let result): return (hash, result)
        case .refused(.seen): throw RPCError.internalError("tx already exists in cache")
        case .refused(.full(let count, let total)):
            throw RPCError.internalError(
                "mempool is full: number of txs \(count) (max: \(Mempool.maximumCount)), total txs bytes \(total) "
                    + "(max: \(Mempool.maximumBytes))")
        }
    }

    private static func broadcast(_ hash: Hash, _ result: TransactionResult) -> RPCValue {
        [
            "code": .number(Int64(result.code)), "data": .text(Hex.encode(result.data, upperCase: true)),
            "log": .text(result.log), "codespace": result.code == 0 ? "" : "wattseal", "hash": .hex(hash.bytes),
        ]
    }

    func broadcastSync(_ bytes: [UInt8]) async throws -> RPCValue {
        let (hash, result) = try await admit(bytes)
        return Self.broadcast(hash, result)
    }

    /// Answers code 0 whatever becomes of it, as CometBFT does.
    func broadcastAsync(_ bytes: [UInt8]) async throws -> RPCValue {
        let (hash, _) = try await admit(bytes)
        return Self.broadcast(hash, .success)
    }

    /// Waits for the block. The transaction may land though the wait is over.
    func broadcastCommit(_ bytes: [UInt8]) async throws -> RPCValue {
        let (hash, checked) = try await admit(bytes)
        func reply(_ delivered: TransactionResult, height: Int64) -> RPCValue {
            [
                "check_tx": Self.value(checked), "tx_result": Self.value(delivered), "hash": .hex(hash.bytes),
                "height": .integer(height),
            ]
        }
        guard checked.code == 0 else { return reply(.success, height: 0) }
        guard let stored = await result(of: hash, within: Self.commitTimeout) else {
            throw RPCError.internalError("timed out waiting for tx to be included in a block")
        }
        return reply(stored.result, height: stored.height)
    }

    func unconfirmed(limit: Int64?) -> RPCValue {
        let count = limit.map { max(0, min($0, 100)) } ?? 30
        let shown = mempool.entries.prefix(Int(count)).map { RPCValue.base64($0.bytes) }
        return [
            "n_txs": .integer(count == 0 ? mempool.entries.count : shown.count),
            "total": .integer(mempool.entries.count), "total_bytes": .integer(mempool.totalBytes),
            "txs": count == 0 ? .null : .array(shown),
        ]
    }
}
