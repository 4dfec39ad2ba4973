/// A JSON-RPC reply: a result, or an error. GET replies come with HTTP 500 on error, POST replies with 200.
public struct RPCReply<Result: Decodable & Sendable>: Decodable, Sendable {
    /// What came back.
    public let outcome: Outcome

    /// Result or error.
    public enum Outcome: Sendable {
        /// The call's result.
        case result(Result)
        /// The call's error.
        case failure(RPCFailure)
    }

    private enum CodingKeys: String, CodingKey {
        case jsonrpc, result, error
    }

    /// Reads `{"jsonrpc":"2.0","id":…,"result":…}` or the same with `error`; exactly one of the two.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let version = try container.decode(String.self, forKey: .jsonrpc)
        guard version == "2.0" else { throw container.refused(.jsonrpc, "expected \"2.0\", got \"\(version)\"") }
        if let failure = try container.decodeIfPresent(RPCFailure.self, forKey: .error) {
            guard !container.contains(.result) else { throw container.refused(.result, "stands beside an error") }
            outcome = .failure(failure)
        } else {
            outcome = .result(try container.decode(Result.self, forKey: .result))
        }
    }
}

/// A JSON-RPC error.
public struct RPCFailure: Codable, Hashable, Sendable {
    /// −32601 unknown method, −32602 bad parameters, −32603 everything else.
    public var code: Int
    /// A fixed text per code.
    public var message: String
    /// The reason; the only place where CometBFT gives it.
    public var data: String?

    /// An error from its fields.
    public init(code: Int, message: String, data: String?) {
        self.code = code
        self.message = message
        self.data = data
    }
}
