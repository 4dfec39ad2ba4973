internal import LightClient
internal import Logging
internal import NIOHTTP1

/// The development control: HTTP on a socket file of its own, JSON both ways (docs/standalone.md).
///
///     GET /validators                POST /validators  {"changes":[{"validator":"validator-1","power":"0"}]}
///     GET /faults                    POST /faults      {"fault":"stall"}
///     DELETE /faults                 DELETE /faults/stall
struct DevelopmentRouter: Sendable {
    let engine: Engine
    let logger: Logger

    private struct Changes: Decodable, Sendable {
        let changes: [Engine.ValidatorRequest]
    }

    /// Answers one request; what is refused is HTTP 400 with `{"error":…}`.
    func answer(_ request: HTTPExchangeRequest) async -> HTTPExchangeResponse {
        let path = request.target.split(separator: "/").map(String.init)
        do {
            switch (request.method, path) {
            case (.GET, ["validators"]): return encoded(await engine.listedValidators())
            case (.POST, ["validators"]):
                let changes = try RPCJSON.decode(Changes.self, from: request.body).changes
                return encoded(try await engine.changeValidators(changes))
            case (.GET, ["faults"]): return await faults()
            case (.POST, ["faults"]):
                try await engine.set(try RPCJSON.decode(NodeFault.self, from: request.body))
                return await faults()
            case (.DELETE, ["faults"]):
                try await engine.clear(nil)
                return await faults()
            case (.DELETE, let parts) where parts.count == 2 && parts[0] == "faults":
                guard let kind = NodeFault.Kind(rawValue: parts[1]) else {
                    throw Engine.DevelopmentRefusal("there is no fault \"\(parts[1].prefix(40))\"")
                }
                try await engine.clear(kind)
                return await faults()
            default: return encoded(["error": "there is no such request"], status: .notFound)
            }
        } catch {
            return encoded(["error": .text("\(error)")], status: .badRequest)
        }
    }

    private func faults() async -> HTTPExchangeResponse {
        let standing = await engine.board.all
        return encoded(["faults": .array(standing.map { .shaped($0) })])
    }

    private func encoded(_ value: RPCValue, status: HTTPResponseStatus = .ok) -> HTTPExchangeResponse {
        do { return .json(status, try RPCJSON.encode(value)) } catch {
            logger.error("an answer cannot be written: \(error)")
            return .text(.internalServerError, "internal error\n")
        }
    }
}
