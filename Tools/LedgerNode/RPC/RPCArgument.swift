/// One argument of a JSON-RPC call, or its id, as it stood in the JSON.
indirect enum RPCArgument: Decodable, Sendable, Equatable {
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

    /// The same id in the answer.
    var echoed: RPCValue? {
        switch self {
        case .text(let value): .text(value)
        case .number(let value): Int64(value).map { .number($0) }
        default: nil
        }
    }
}
