internal import LightClient
internal import NIOHTTP1

/// The development control of a node, from outside: what `platform-node validators` and `platform-node faults` talk through.
public struct DevelopmentControl: Sendable {
    private let path: String

    /// The control that listens on a socket file.
    public init(socket path: String) { self.path = path }

    /// The validators with their names and powers, JSON.
    public func validators() async throws(WalletError) -> String { try await ask("GET", "/validators") }

    /// Changes powers: by name or address, nil for a new validator; 0 removes. Answers JSON: the block's height, and the first
    /// that the changed set signs.
    public func change(
        _ changes: [(validator: String?, power: String)]
    ) async throws(WalletError) -> String {
        let requests = changes.map { Engine.ValidatorRequest(validator: $0.validator, power: $0.power) }
        return try await ask("POST", "/validators", try Self.encoded(["changes": requests]))
    }

    /// The faults that stand, JSON.
    public func faults() async throws(WalletError) -> String { try await ask("GET", "/faults") }

    /// Has a fault.
    @discardableResult
    public func set(_ fault: NodeFault) async throws(WalletError) -> String {
        try await ask("POST", "/faults", try Self.encoded(fault))
    }

    /// Has a fault that is described in JSON.
    public func set(json: String) async throws(WalletError) -> String {
        try await ask("POST", "/faults", Array(json.utf8))
    }

    /// Ends a fault, or all.
    @discardableResult
    public func clear(_ kind: NodeFault.Kind?) async throws(WalletError) -> String {
        try await ask("DELETE", "/faults" + (kind.map { "/\($0.rawValue)" } ?? ""))
    }

    private static func encoded(_ value: some Encodable) throws(WalletError) -> [UInt8] {
        do { return try RPCJSON.encode(value) } catch { throw .answer(reason: "\(error)") }
    }

    private func ask(_ method: String, _ target: String, _ body: [UInt8] = []) async throws(WalletError) -> String {
        let answer = try await HTTPCall.exchange(
            to: .unix(path: path), method: .RAW(value: method), target: target, body: body)
        let text = String(decoding: answer.body, as: UTF8.self)
        guard answer.status == 200 else {
            struct Refusal: Decodable, Sendable { let error: String }
            let refusal = try? RPCJSON.decode(Refusal.self, from: answer.body)
            throw .answer(reason: refusal?.error ?? "HTTP \(answer.status)")
        }
        return text
    }
}
