/// One argument of a JSON-RPC call, or its id, as it stood in the JSON.
indirect enum RPCArgument: Codable, Sendable, Equatable {
    case text(String)
    case number(String)
    case bool(Bool)
    case null
    case array([RPCArgument])
    case object([String: RPCArgument])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .number(String(value))
        } else if let value = try? container.decode(Double.self) {
            self = .number(String(value))
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([RPCArgument].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: RPCArgument].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let value): try container.encode(value)
        case .number(let value):
            // As it came: 64-bit integers stand in strings, so a number here is small.
            if let integer = Int64(value) {
                try container.encode(integer)
            } else {
                try container.encode(Double(value) ?? 0)
            }
        case .bool(let value): try container.encode(value)
        case .null: try container.encodeNil()
        case .array(let values): try container.encode(values)
        case .object(let members): try container.encode(members)
        }
    }

    /// The same id in the answer.
    var echoed: RPCValue? {
        switch self {
        case .text(let value): .text(value)
        case .number(let value): Int64(value).map { .number($0) }
        default: nil
        }
    }
}
