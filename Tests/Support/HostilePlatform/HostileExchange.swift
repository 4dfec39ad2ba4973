public import LightClient

/// One request to a hostile platform, with the honest answer to it.
public struct HostileExchange: Sendable {
    /// The call.
    public let method: String
    /// Its number.
    public let id: Int64
    /// Its parameters as text.
    public let parameters: [String: String]
    /// What the honest node answers.
    public let honest: [UInt8]
    /// What it answered to the first request of this kind, if that was an earlier one.
    public let first: [UInt8]?
    /// Asks the honest node something else on the way.
    public let ask: @Sendable (_ method: String, _ parameters: [String: String]) async throws -> [UInt8]

    /// The height that was asked for; 0 where none was.
    public var height: Int64 { Int64(parameters["height"] ?? "") ?? 0 }

    /// The state key that was asked for, as text.
    public var key: String {
        String(decoding: (try? Hex.decode(parameters["data"] ?? "")) ?? [], as: UTF8.self)
    }

    private struct Request: Decodable, Sendable {
        let id: Int64
        let method: String
        let params: [String: JSONValue]?
    }

    /// Reads a request.
    static func request(_ body: [UInt8]) throws -> (method: String, id: Int64, parameters: [String: String]) {
        let request = try RPCJSON.decode(Request.self, from: body)
        return (request.method, request.id, (request.params ?? [:]).mapValues(\.words))
    }

    /// The text of a request.
    static func text(_ method: String, _ parameters: [String: String]) -> [UInt8] {
        let members = parameters.sorted { $0.key < $1.key }
            .map { "\"\($0.key)\":" + ($0.key == "prove" ? "true" : "\"\($0.value)\"") }
        return Array(
            #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{\#(members.joined(separator: ","))}}"#.utf8)
    }

    // MARK: Changed answers

    /// The honest answer with the text at `path` changed; a number in the path is a place in a list.
    public func with(_ path: String, _ change: (String) -> String) throws -> [UInt8] {
        try Self.changed(honest, path) { if case .text(let text) = $0 { .text(change(text)) } else { nil } }
    }

    /// The honest answer with one member set to a JSON value.
    public func setting(_ path: String, _ value: String) throws -> [UInt8] { try changed(honest, path, value) }

    /// Another answer with one member set to a JSON value.
    public func changed(_ answer: [UInt8], _ path: String, _ value: String) throws -> [UInt8] {
        let new = try RPCJSON.decode(JSONValue.self, from: Array(value.utf8))
        return try Self.changed(answer, path) { _ in new }
    }

    private static func changed(
        _ text: [UInt8], _ path: String, _ change: (JSONValue) -> JSONValue?
    ) throws -> [UInt8] {
        let steps = path.split(separator: ".").map(String.init)
        guard let new = try RPCJSON.decode(JSONValue.self, from: text).changed(at: steps[...], change) else {
            throw HostileError.nothingToChange(path)
        }
        return try RPCJSON.encode(new)
    }

    /// The honest answer's number in front of another answer's result.
    public func answering(with other: [UInt8]) throws -> [UInt8] {
        let id = id
        return try Self.changed(other, "id") { _ in .number(id) }
    }

    /// An error instead of an answer.
    public func failure(_ code: Int, _ reason: String) -> [UInt8] {
        Array(
            #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":\#(code),"message":"Internal error","data":"\#(reason)"}}"#
                .utf8)
    }

    /// A result in place of the honest one.
    public func answering(_ result: some Encodable) throws -> [UInt8] {
        let text = String(decoding: try RPCJSON.encode(result), as: UTF8.self)
        return Array(#"{"jsonrpc":"2.0","id":\#(id),"result":\#(text)}"#.utf8)
    }

    /// The honest answer's result.
    public func result<Result: Decodable & Sendable>(_ type: Result.Type) throws -> Result {
        guard case .result(let result) = try RPCJSON.decode(RPCReply<Result>.self, from: honest).outcome else {
            throw HostileError.nothingToChange("result")
        }
        return result
    }

    /// The honest answer to a commit with the signed header changed.
    public func signedHeader(_ change: @Sendable (inout SignedHeader) throws -> Void) throws -> [UInt8] {
        let result = try result(CommitResult.self)
        guard var signed = result.signedHeader else { throw HostileError.nothingToChange("signed_header") }
        try change(&signed)
        return try answering(CommitResult(signedHeader: signed, canonical: result.canonical))
    }

    /// The honest answer to a query with its response changed.
    public func response(_ change: (inout ABCIQueryResponse) throws -> Void) throws -> [UInt8] {
        var response = try result(ABCIQueryResult.self).response
        try change(&response)
        return try answering(ABCIQueryResult(response: response))
    }

    /// The honest response to a query for another key at the same height.
    public func response(to key: [UInt8], at height: Int64? = nil) async throws -> ABCIQueryResponse {
        var parameters = parameters
        parameters["data"] = Hex.encode(key)
        if let height { parameters["height"] = "\(height)" }
        let reply = try await ask("abci_query", parameters)
        guard case .result(let result) = try RPCJSON.decode(RPCReply<ABCIQueryResult>.self, from: reply).outcome else {
            throw HostileError.nothingToChange("response")
        }
        return result.response
    }
}

/// What a hostile platform cannot do.
public enum HostileError: Error {
    /// The device sent what is no JSON-RPC request.
    case notARequest
    /// The honest answer lacks the member.
    case nothingToChange(String)
}
