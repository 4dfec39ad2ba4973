public import LightClient
public import Quantities

/// The calls of a CometBFT node that a light client and an outbox use, over any transport.
///
/// What comes back is the node's word, read strictly and no more: headers are verified by ``Synchroniser``, values by
/// ``ProvedState``.
public actor NodeClient {
    /// More pages of validators than this are refused (100 validators a page).
    public static let maximumPages = 100
    /// Validators asked for on each page; the most that a node gives.
    static let pageSize = 100

    /// Where the node is, for logs.
    public nonisolated let endpoint: String
    private let transport: any RPCTransport
    private let deadline: Nanoseconds
    private var lastRequest: Int64 = 0

    /// A client whose every call ends within `deadline`.
    public init(transport: any RPCTransport, deadline: Nanoseconds) {
        self.transport = transport
        self.deadline = deadline
        endpoint = transport.endpoint
    }

    /// The node's chain and newest height.
    public func status() async throws(PlatformLinkError) -> NodeStatus {
        try await call("status", parameters: "", as: NodeStatus.self)
    }

    /// Header and commit of a height.
    ///
    /// - Throws: `heightNotAvailable` when the node has none yet, `heightPruned` when it no longer has it.
    public func signedHeader(at height: Int64) async throws(PlatformLinkError) -> SignedHeader {
        let result: CommitResult
        do {
            result = try await call("commit", parameters: "\"height\":\"\(height)\"", as: CommitResult.self)
        } catch .rpcRefused(_, _, let message) {
            // CometBFT gives the reason as text alone (state/store and rpc/core of v0.34 to v1.0 say the same words).
            guard !message.contains("is not available, lowest height is") else {
                throw .heightPruned(height: height, reason: message)
            }
            throw .heightNotAvailable(height: height, reason: message)
        }
        // Header and commit are null when the node has no such block.
        guard let signedHeader = result.signedHeader else {
            throw .heightNotAvailable(height: height, reason: "the node gave no header")
        }
        return signedHeader
    }

    /// Header and commit of the node's newest height.
    public func newestSignedHeader() async throws(PlatformLinkError) -> SignedHeader {
        let result = try await call("commit", parameters: "", as: CommitResult.self)
        guard let signedHeader = result.signedHeader else { throw .chainTooYoung(height: 0) }
        return signedHeader
    }

    /// The whole validator set of a height, page by page.
    ///
    /// Pages are the node's to cut, so a short one is no mistake; a total that changes or that the members pass is, and
    /// what the pages give together is held against the header's hash by whoever verifies it.
    public func validators(at height: Int64) async throws(PlatformLinkError) -> ValidatorSet {
        let name = "validators"
        var members: [Validator] = []
        var total: Int64?
        for page in 1...Self.maximumPages {
            let parameters =
                "\"height\":\"\(height)\",\"page\":\"\(page)\",\"per_page\":\"\(Self.pageSize)\""
            let result = try await call(name, parameters: parameters, as: ValidatorsResult.self)
            guard result.blockHeight == height else {
                throw .anotherHeight(call: name, asked: height, found: result.blockHeight)
            }
            let count = result.validators.count
            guard count > 0, count <= Self.pageSize, result.count == count else {
                throw .replyMalformed(
                    call: name, reason: "page \(page) of height \(height) has \(count) validators, says \(result.count)"
                )
            }
            members += result.validators
            guard total == nil || total == result.total, members.count <= result.total else {
                throw .replyMalformed(
                    call: name,
                    reason: "page \(page) of height \(height) says that the set has \(result.total) validators, "
                        + "\(members.count) came, \(total ?? result.total) were said before")
            }
            total = result.total
            if members.count == result.total { break }
            guard page < Self.maximumPages else {
                throw .replyMalformed(call: name, reason: "more than \(Self.maximumPages) pages at height \(height)")
            }
        }
        do throws(LightClientError) {
            return try ValidatorSet(members)
        } catch {
            throw .headerRefused(height: height, reason: error)
        }
    }

    /// Header, commit and validators of a height. `known` spares the fetch where the header names that set.
    public func lightBlock(
        at height: Int64, known: ValidatorSet? = nil
    ) async throws(PlatformLinkError) -> LightBlock {
        let signedHeader = try await signedHeader(at: height)
        if let known, known.hash() == signedHeader.header.validatorsHash {
            return LightBlock(signedHeader: signedHeader, validators: known)
        }
        return LightBlock(signedHeader: signedHeader, validators: try await validators(at: height))
    }

    /// A key of the state after `height`, with its proof.
    public func query(_ key: [UInt8], at height: Int64) async throws(PlatformLinkError) -> StateAnswer {
        let name = "abci_query"
        let parameters =
            "\"path\":\"/key\",\"data\":\"\(Hex.encode(key))\",\"height\":\"\(height)\",\"prove\":true"
        let response = try await call(name, parameters: parameters, as: ABCIQueryResult.self).response
        guard response.code == 0 else {
            let shown = String(decoding: key, as: UTF8.self)
            throw .queryRefused(key: shown, code: response.code, log: Self.shown(response.log))
        }
        return StateAnswer(
            key: response.key, value: response.value.isEmpty ? nil : response.value, proofs: response.proofOps,
            height: response.height)
    }

    /// Hands a transaction to the node's mempool.
    public func broadcast(_ transaction: [UInt8]) async throws(PlatformLinkError) -> BroadcastOutcome {
        let parameters = "\"tx\":\"\(Base64.encode(transaction))\""
        do {
            let result = try await call("broadcast_tx_sync", parameters: parameters, as: BroadcastResult.self)
            return result.code == 0 ? .taken : .refused(code: result.code, log: Self.shown(result.log))
        } catch .rpcRefused(let call, let code, let message) {
            // The mempool's memory of past transactions; the only sign of it is this text.
            guard message.contains("already exists in cache") else {
                throw .rpcRefused(call: call, code: code, message: message)
            }
            return .seenBefore
        }
    }

    /// Gives the node evidence of an attack. What it answers is not read further than that it took it.
    public func report(_ evidence: AttackEvidence) async throws(PlatformLinkError) {
        let text: String
        do throws(LightClientError) {
            text = String(decoding: try RPCJSON.encode(evidence), as: UTF8.self)
        } catch {
            throw .headerRefused(height: evidence.conflicting.height, reason: error)
        }
        _ = try await call("broadcast_evidence", parameters: "\"evidence\":\(text)", as: Ignored.self)
    }

    /// A transaction with its inclusion proof, which is the caller's to check.
    public func transaction(_ hash: Hash) async throws(PlatformLinkError) -> TransactionReply {
        try await call(
            "tx", parameters: "\"hash\":\"\(Base64.encode(hash.bytes))\",\"prove\":true", as: TransactionReply.self)
    }

    /// The results of a block's transactions; they stand under the next header's last_results_hash.
    public func blockResults(at height: Int64) async throws(PlatformLinkError) -> BlockResultsReply {
        let reply = try await call(
            "block_results", parameters: "\"height\":\"\(height)\"", as: BlockResultsReply.self)
        guard reply.height == height else {
            throw .anotherHeight(call: "block_results", asked: height, found: reply.height)
        }
        return reply
    }

    /// Closes the connection; a later call opens another.
    public func close() async {
        await transport.close()
    }

    /// A result of which nothing is read.
    private struct Ignored: Decodable, Sendable {
        init(from decoder: any Decoder) throws {}
    }

    private func call<Result: Decodable & Sendable>(
        _ name: String, parameters: String, as type: Result.Type
    ) async throws(PlatformLinkError) -> Result {
        lastRequest += 1
        let request = lastRequest
        let body = "{\"jsonrpc\":\"2.0\",\"id\":\(request),\"method\":\"\(name)\",\"params\":{\(parameters)}}"
        let bytes = try await transport.post(Array(body.utf8), call: name, deadline: deadline)
        let reply: IdentifiedReply<Result>
        do throws(LightClientError) {
            reply = try RPCJSON.decode(IdentifiedReply<Result>.self, from: bytes)
        } catch {
            throw .replyMalformed(call: name, reason: Self.shown("\(error)"))
        }
        switch reply.outcome {
        case .failure(let failure):
            let text = failure.data.map { "\(failure.message): \($0)" } ?? failure.message
            throw .rpcRefused(call: name, code: failure.code, message: Self.shown(text))
        case .result(let result):
            guard let id = reply.id, id == request else {
                throw .replyToAnotherRequest(call: name, expected: request, found: reply.id ?? -1)
            }
            return result
        }
    }

    /// A node's text as it may stand in a log line: short, printable.
    static func shown(_ text: String) -> String {
        let printable = text.unicodeScalars.prefix(400).map { scalar -> Character in
            scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) ? "." : Character(scalar)
        }
        return String(printable)
    }
}
