internal import LightClient
internal import NIOHTTP1
internal import Synchronization

/// What one WebSocket connection asks and has subscribed to, in CometBFT's shapes: new blocks alone can be subscribed to; all
/// other calls are answered as over HTTP.
final class EventSession: Sendable {
    /// As CometBFT's max_subscriptions_per_client.
    static let maximumSubscriptions = 5
    static let newBlock = "tm.event='NewBlock'"

    private let router: RPCRouter
    private let write: @Sendable ([UInt8]) -> Void
    /// Tickets by query.
    private let tickets = Mutex<[String: UInt64]>([:])

    init(router: RPCRouter, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.router = router
        self.write = write
    }

    private struct Call: Decodable, Sendable {
        let id: RPCArgument?
        let method: String
        let params: RPCArgument?

        /// `{"query": …}`, or the query alone in a list.
        var query: String? {
            switch params {
            case .object(let members)?: if case .text(let query)? = members["query"] { query } else { nil }
            case .array(let values)?: if case .text(let query)? = values.first { query } else { nil }
            default: nil
            }
        }
    }

    /// Answers one text frame.
    func take(_ text: [UInt8]) async {
        guard let call = try? RPCJSON.decode(Call.self, from: text), let id = call.id?.echoed else {
            return await answerAsHTTP(text)
        }
        switch call.method {
        case "subscribe": reply(id, subscribe(call.query ?? "", id))
        case "unsubscribe": reply(id, unsubscribe(call.query ?? ""))
        case "unsubscribe_all":
            end()
            reply(id, nil)
        default: await answerAsHTTP(text)
        }
    }

    /// The connection is gone.
    func end() {
        let open = tickets.withLock { tickets in
            defer { tickets = [:] }
            return Array(tickets.values)
        }
        for ticket in open { router.engine.blockEvents.unsubscribe(ticket) }
    }

    private func answerAsHTTP(_ text: [UInt8]) async {
        let answer = await router.answer(HTTPExchangeRequest(method: .POST, target: "/", body: text))
        if !answer.body.isEmpty { write(answer.body) }
    }

    private func subscribe(_ query: String, _ id: RPCValue) -> RPCError? {
        guard query.count <= 512 else { return .internalError("maximum query length exceeded") }
        guard query.filter({ $0 != " " }) == Self.newBlock else {
            return .internalError("failed to parse query: only \(Self.newBlock) can be subscribed to")
        }
        return tickets.withLock { tickets in
            guard tickets[query] == nil else { return .internalError("already subscribed") }
            guard tickets.count < Self.maximumSubscriptions else {
                return .internalError("max_subscriptions_per_client \(Self.maximumSubscriptions) reached")
            }
            tickets[query] = router.engine.blockEvents.subscribe { [weak self] block in
                self?.send(id, Self.event(query, block))
            }
            return nil
        }
    }

    private func unsubscribe(_ query: String) -> RPCError? {
        guard let ticket = tickets.withLock({ $0.removeValue(forKey: query) }) else {
            return .internalError("subscription not found")
        }
        router.engine.blockEvents.unsubscribe(ticket)
        return nil
    }

    private func reply(_ id: RPCValue, _ error: RPCError?) {
        guard let error else { return send(id, .object([:])) }
        var members: [String: RPCValue] = ["code": .number(Int64(error.code)), "message": .text(error.message)]
        if let data = error.data { members["data"] = .text(data) }
        encode(["jsonrpc": "2.0", "id": id, "error": .object(members)])
    }

    private func send(_ id: RPCValue, _ result: RPCValue) { encode(["jsonrpc": "2.0", "id": id, "result": result]) }

    private func encode(_ value: RPCValue) {
        guard let text = try? RPCJSON.encode(value) else { return }
        write(text)
    }

    /// A new block as CometBFT 0.38 tells of it.
    private static func event(_ query: String, _ block: StoredBlock) -> RPCValue {
        [
            "query": .text(query),
            "data": [
                "type": "tendermint/event/NewBlock",
                "value": [
                    "block": .shaped(block.block), "block_id": .shaped(block.blockID),
                    "result_finalize_block": ["events": [], "validator_updates": .null, "app_hash": .null],
                ],
            ],
            "events": ["tm.event": ["NewBlock"], "block.height": [.integer(block.header.height)]],
        ]
    }
}
