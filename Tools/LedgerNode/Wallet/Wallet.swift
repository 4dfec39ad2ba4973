public import Crypto
public import Ledger
internal import LightClient
public import SignedRecords

/// Sends transactions to a node and waits until they are committed. It believes the node: it is the user's own tool beside
/// the user's own node, and no part of a charger.
public struct Wallet: Sendable {
    /// How long a transaction may take to come into a block.
    public static let patience = 30

    private let host: String
    private let port: Int

    /// A wallet at a node, `http://HOST:PORT`.
    public init(rpc url: String) throws(WalletError) {
        guard url.hasPrefix("http://") else { throw .invalidURL(url) }
        var rest = url.dropFirst("http://".count)
        if rest.hasSuffix("/") { rest.removeLast() }
        guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...]),
            (1...65_535).contains(port), colon != rest.startIndex
        else { throw .invalidURL(url) }
        var host = String(rest[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.contains("/"), !host.contains("[") else { throw .invalidURL(url) }
        self.host = host
        self.port = port
    }

    /// What became of a transaction.
    public struct Receipt: Sendable, Equatable {
        /// SHA-256 of the transaction: a grant's name.
        public let hash: [UInt8]
        /// Its block.
        public let height: Int64
    }

    // MARK: Reading

    /// The ledger's name, as the node tells it.
    public func ledger() async throws(WalletError) -> LedgerChainID {
        let status = try await call("status", [:], as: StatusAnswer.self)
        do { return try LedgerChainID(status.node.network) } catch { throw .answer(reason: error.description) }
    }

    /// An account as the newest state has it.
    public func account(_ account: AccountID) async throws(WalletError) -> Account {
        try await value(.account(account), as: Account.self) ?? .untouched
    }

    /// A value of the newest state, or nil where it is absent.
    public func value<Value: StateValue>(_ key: StateKey, as type: Value.Type) async throws(WalletError) -> Value? {
        try Self.decode(try await query("/key", key.bytes))
    }

    /// A question to the newest state; the answer's bytes, none for what is absent.
    func query(_ path: String, _ data: [UInt8]) async throws(WalletError) -> [UInt8] {
        let answer = try await call("abci_query", ["path": path, "data": Hex.encode(data)], as: ABCIQueryResult.self)
        guard answer.response.code == 0 else {
            throw .refused(code: answer.response.code, log: answer.response.log)
        }
        return answer.response.value
    }

    static func decode<Value: StateValue>(_ bytes: [UInt8]) throws(WalletError) -> Value? {
        guard !bytes.isEmpty else { return nil }
        do { return try Value(decoding: bytes) } catch { throw .answer(reason: error.description) }
    }

    // MARK: Sending

    /// Signs with the account's next nonce, sends, and waits for the block.
    public func send(
        _ body: TransactionBody, key: Curve25519.Signing.PrivateKey
    ) async throws(WalletError) -> Receipt {
        let ledger = try await ledger()
        let sender = AccountID(hashing: Array(key.publicKey.rawRepresentation))
        let nonce = try await account(sender).nextNonce
        let transaction: SignedTransaction
        do { transaction = try SignedTransaction.sign(body, nonce: nonce, key: key, ledger: ledger) } catch {
            throw .transaction(error)
        }
        return try await send(transaction.bytes)
    }

    /// Sends a transaction as it is and waits for the block.
    public func send(_ transaction: [UInt8]) async throws(WalletError) -> Receipt {
        try await broadcast(transaction)
        let hash = Hash.sha256(transaction)
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: .seconds(Self.patience))
        while clock.now < end {
            if let found = try await find(hash) {
                guard found.result.code == 0 else {
                    throw .refused(code: found.result.code, log: found.result.log)
                }
                guard let height = Int64(found.height) else { throw .answer(reason: "height \(found.height)") }
                return Receipt(hash: hash.bytes, height: height)
            }
            // A node tells of its blocks only when asked.
            do { try await Task.sleep(for: .milliseconds(50)) } catch { break }
        }
        throw .notCommitted(transaction: hash.hex, seconds: Self.patience)
    }

    /// Sends a transaction as it is, and returns when the node has taken it into its mempool.
    func broadcast(_ transaction: [UInt8]) async throws(WalletError) {
        let admitted = try await call(
            "broadcast_tx_sync", ["tx": Base64.encode(transaction)], as: BroadcastAnswer.self)
        guard admitted.code == 0 else { throw .refused(code: admitted.code, log: admitted.log) }
    }

    private func find(_ hash: Hash) async throws(WalletError) -> TransactionAnswer? {
        do throws(WalletError) {
            return try await call("tx", ["hash": Base64.encode(hash.bytes)], as: TransactionAnswer.self)
        } catch {
            if case .node(let reason) = error, reason.hasSuffix("not found") { return nil }
            throw error
        }
    }

    // MARK: Calls

    private struct StatusAnswer: Decodable, Sendable {
        struct Node: Decodable, Sendable { let network: String }
        let node: Node

        private enum CodingKeys: String, CodingKey {
            case node = "node_info"
        }
    }

    private struct BroadcastAnswer: Decodable, Sendable {
        let code: UInt32
        let log: String
    }

    private struct TransactionAnswer: Decodable, Sendable {
        struct Result: Decodable, Sendable {
            let code: UInt32
            let log: String
        }
        let height: String
        let result: Result

        private enum CodingKeys: String, CodingKey {
            case height
            case result = "tx_result"
        }
    }

    private struct Request: Encodable {
        let jsonrpc = "2.0"
        let id = 1
        let method: String
        let params: [String: String]
    }

    private func call<Answer: Decodable & Sendable>(
        _ method: String, _ parameters: [String: String], as type: Answer.Type
    ) async throws(WalletError) -> Answer {
        let request: [UInt8]
        do { request = try RPCJSON.encode(Request(method: method, params: parameters)) } catch {
            throw .argument(name: method, reason: error.description)
        }
        let bytes = try await HTTPCall.post(host: host, port: port, body: request)
        let reply: RPCReply<Answer>
        do { reply = try RPCJSON.decode(RPCReply<Answer>.self, from: bytes) } catch {
            throw .answer(reason: error.description)
        }
        switch reply.outcome {
        case .result(let answer): return answer
        case .failure(let failure): throw .node(reason: failure.data ?? failure.message)
        }
    }
}
