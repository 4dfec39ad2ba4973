internal import LightClient

/// A call's arguments, whichever way they came; reads them as CometBFT does, quirks included.
///
/// GET: integers bare or in quotes, strings in quotes, bytes as 0x… hex or as the text in quotes. POST: every integer in a
/// string, bytes as base64 or as hex, by the parameter.
struct RPCParameters: Sendable {
    /// How a POST carries bytes.
    enum BytesForm {
        case base64
        case hex
    }

    private enum Source: Sendable {
        case query([String: String])
        case json([String: RPCArgument])
    }

    private let source: Source

    /// Arguments of a GET.
    init(query: [String: String]) { source = .query(query) }

    /// Arguments of a POST; a list is taken in the order of `names`.
    init(json: RPCArgument?, names: [String]) throws(RPCError) {
        switch json {
        case nil, .null: source = .json([:])
        case .object(let members): source = .json(members)
        case .array(let values):
            guard values.count <= names.count else {
                throw .invalidParams("expected \(names.count) parameters (\(names)), got \(values.count)")
            }
            source = .json(Dictionary(uniqueKeysWithValues: zip(names, values)))
        default: throw .invalidParams("params must be an object or an array")
        }
    }

    /// An integer of 64 bits.
    func integer(_ name: String) throws(RPCError) -> Int64? {
        switch source {
        case .query(let values):
            guard let raw = values[name], !raw.isEmpty else { return nil }
            let text = Self.unquoted(raw) ?? raw
            guard let value = Int64(text) else {
                throw .invalidParams(
                    "error converting http params to arguments: invalid 64-bit integer encoding \"\(raw.prefix(64))\", "
                        + "expected string")
            }
            return value
        case .json(let values):
            switch values[name] {
            case nil, .null: return nil
            case .text(let text):
                guard let value = Int64(text) else {
                    throw .invalidParams(
                        "error converting json params to arguments: invalid 64-bit integer \"\(text.prefix(64))\"")
                }
                return value
            case .number(let text):
                throw .invalidParams(
                    "error converting json params to arguments: invalid 64-bit integer encoding \"\(text)\", "
                        + "expected string")
            default: throw Self.wrongType(name, "a string with an integer")
            }
        }
    }

    /// A flag; false where it is missing.
    func flag(_ name: String) throws(RPCError) -> Bool {
        switch source {
        case .query(let values):
            switch values[name].map({ Self.unquoted($0) ?? $0 }) {
            case nil, "", "false", "0": return false
            case "true", "1": return true
            default: throw Self.wrongType(name, "true or false")
            }
        case .json(let values):
            switch values[name] {
            case nil, .null: return false
            case .bool(let value): return value
            default: throw Self.wrongType(name, "true or false")
            }
        }
    }

    /// Text; empty where it is missing.
    func text(_ name: String) throws(RPCError) -> String {
        switch source {
        case .query(let values):
            guard let raw = values[name], !raw.isEmpty else { return "" }
            guard let text = Self.unquoted(raw) else { throw Self.wrongType(name, "a string in quotes") }
            return text
        case .json(let values):
            switch values[name] {
            case nil, .null: return ""
            case .text(let text): return text
            default: throw Self.wrongType(name, "a string")
            }
        }
    }

    /// Bytes; none where they are missing.
    func bytes(_ name: String, as form: BytesForm) throws(RPCError) -> [UInt8] {
        switch source {
        case .query(let values):
            guard let raw = values[name], !raw.isEmpty else { return [] }
            if raw.hasPrefix("0x") || raw.hasPrefix("0X") {
                return try Self.decoded(name) { () throws(LightClientError) in
                    try Hex.decode(String(raw.dropFirst(2)))
                }
            }
            guard let text = Self.unquoted(raw) else { throw Self.wrongType(name, "0x… or text in quotes") }
            return Array(text.utf8)
        case .json(let values):
            switch values[name] {
            case nil, .null: return []
            case .text(let text):
                return try Self.decoded(name) { () throws(LightClientError) in
                    form == .base64 ? try Base64.decode(text) : try Hex.decode(text)
                }
            default: throw Self.wrongType(name, "a string")
            }
        }
    }

    /// JSON of the caller's own shape, as text: of a GET the argument itself. Nil where it is missing.
    func json(_ name: String) throws(RPCError) -> [UInt8]? {
        switch source {
        case .query(let values):
            guard let raw = values[name], !raw.isEmpty else { return nil }
            return Array(raw.utf8)
        case .json(let values):
            guard let value = values[name], value != .null else { return nil }
            do { return try RPCJSON.encode(value) } catch { throw .invalidParams("\(name): \(error)") }
        }
    }

    private static func decoded(
        _ name: String, _ read: () throws(LightClientError) -> [UInt8]
    ) throws(RPCError) -> [UInt8] {
        do throws(LightClientError) { return try read() } catch {
            throw .invalidParams("error converting params to arguments: \(name): \(error)")
        }
    }

    private static func wrongType(_ name: String, _ expected: String) -> RPCError {
        .invalidParams("error converting params to arguments: \(name): expected \(expected)")
    }

    private static func unquoted(_ text: String) -> String? {
        guard text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return nil }
        return String(text.dropFirst().dropLast())
    }
}
