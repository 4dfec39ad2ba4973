internal import LightClient
internal import Logging
internal import NIOHTTP1

/// Turns HTTP requests into calls: GET /method?arguments, and JSON-RPC 2.0 by POST, alone or in batches of up to ten.
struct RPCRouter: Sendable {
    static let maximumBatch = 10
    /// JSON-RPC's id of a GET's answer.
    private static let getIdentifier = RPCValue.number(-1)

    let engine: Engine
    let logger: Logger
    /// The address that this router answers on.
    var face = NodeFault.Audience.main

    /// Answers one request, with the faults that stand at this moment.
    func answer(_ request: HTTPExchangeRequest) async -> HTTPExchangeResponse {
        let faults = await engine.board.answers(on: face)
        var response: HTTPExchangeResponse
        switch request.method {
        case .GET: response = await answerGet(request.target, faults)
        case .POST: response = await answerPost(request.target, request.body, faults)
        default: response = .text(.methodNotAllowed, "405 method not allowed\n")
        }
        response.delivery = faults.delivery
        return response
    }

    // MARK: GET

    private func answerGet(_ target: String, _ faults: AnswerFaults) async -> HTTPExchangeResponse {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = parts.first.map(String.init) ?? "/"
        // CometBFT 1.0 serves the same calls below /v1 as well.
        if path.hasPrefix("/v1/") { path.removeFirst(3) }
        if path == "/" {
            return .text(.ok, RPCMethod.all.keys.sorted().map { "/\($0)\n" }.joined())
        }
        guard let method = RPCMethod.all[String(path.dropFirst())] else {
            return .text(.notFound, "404 page not found\n")
        }
        do throws(RPCError) {
            let parameters = RPCParameters(query: try Self.query(parts.count > 1 ? String(parts[1]) : ""))
            return reply(Self.getIdentifier, result: try await method.call(engine, parameters, faults))
        } catch {
            return reply(Self.getIdentifier, error: error, status: .internalServerError)
        }
    }

    /// The arguments of a query, percent-decoded.
    static func query(_ text: String) throws(RPCError) -> [String: String] {
        var values: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = percentDecoded(halves[0]),
                let value = halves.count > 1 ? percentDecoded(halves[1]) : ""
            else {
                throw .invalidParams("error converting http params to arguments: invalid URL escape in \"\(pair)\"")
            }
            // The first one counts, as with Go's url.Values.
            if values[name] == nil { values[name] = value }
        }
        return values
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                guard rest.count >= 2,
                    let decoded = try? Hex.decode(String(decoding: rest.prefix(2), as: UTF8.self))
                else { return nil }
                bytes += decoded
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    // MARK: POST

    private struct Call: Decodable, Sendable {
        let jsonrpc: String?
        let id: RPCArgument?
        let method: String
        let params: RPCArgument?
    }

    private func answerPost(
        _ target: String, _ body: [UInt8], _ faults: AnswerFaults
    ) async -> HTTPExchangeResponse {
        guard target == "/" || target.isEmpty || target == "/v1" || target == "/v1/" else {
            return .text(.notFound, "404 page not found\n")
        }
        let isBatch = body.first { $0 > 0x20 } == UInt8(ascii: "[")
        let calls: [Call]
        do throws(LightClientError) {
            calls =
                isBatch
                ? try RPCJSON.decode([Call].self, from: body) : [try RPCJSON.decode(Call.self, from: body)]
        } catch {
            let reason = RPCError.parseError("error unmarshalling request: \(error)")
            return reply(.null, error: reason, status: .internalServerError)
        }
        guard calls.count <= Self.maximumBatch else {
            let reason = RPCError.invalidRequest("batch of \(calls.count) requests, at most \(Self.maximumBatch)")
            return reply(.null, error: reason, status: .internalServerError)
        }
        var answers: [RPCValue] = []
        for call in calls {
            if let answer = await answer(call, faults) { answers.append(answer) }
        }
        guard let first = answers.first else { return .json(.ok, []) }
        return encoded(isBatch ? .array(answers) : first, status: .ok)
    }

    /// The answer to one call; nil to a notification, which has no id.
    private func answer(_ call: Call, _ faults: AnswerFaults) async -> RPCValue? {
        guard let identifier = call.id?.echoed else { return nil }
        do throws(RPCError) {
            guard let method = RPCMethod.all[call.method] else { throw .methodNotFound }
            let parameters = try RPCParameters(json: call.params, names: method.parameters)
            return Self.envelope(identifier, result: try await method.call(engine, parameters, faults))
        } catch {
            return Self.envelope(identifier, error: error)
        }
    }

    // MARK: Answers

    private static func envelope(_ identifier: RPCValue, result: RPCValue) -> RPCValue {
        ["jsonrpc": "2.0", "id": identifier, "result": result]
    }

    private static func envelope(_ identifier: RPCValue, error: RPCError) -> RPCValue {
        var members: [String: RPCValue] = ["code": .number(Int64(error.code)), "message": .text(error.message)]
        if let data = error.data { members["data"] = .text(data) }
        return ["jsonrpc": "2.0", "id": identifier, "error": .object(members)]
    }

    private func reply(_ identifier: RPCValue, result: RPCValue) -> HTTPExchangeResponse {
        encoded(Self.envelope(identifier, result: result), status: .ok)
    }

    private func reply(
        _ identifier: RPCValue, error: RPCError, status: HTTPResponseStatus
    ) -> HTTPExchangeResponse {
        encoded(Self.envelope(identifier, error: error), status: status)
    }

    private func encoded(_ value: RPCValue, status: HTTPResponseStatus) -> HTTPExchangeResponse {
        do { return .json(status, try RPCJSON.encode(value)) } catch {
            logger.error("an answer cannot be written: \(error)")
            return .text(.internalServerError, "internal error\n")
        }
    }
}
