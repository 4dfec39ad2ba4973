/// Any JSON value, taken apart to be changed.
enum JSONValue: Codable, Sendable {
    case object([String: JSONValue])
    case list([JSONValue])
    case text(String)
    case number(Int64)
    case flag(Bool)
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .object(let members): try container.encode(members)
        case .list(let values): try container.encode(values)
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .flag(let flag): try container.encode(flag)
        case .null: try container.encodeNil()
        }
    }

    /// As the parameters of a call are compared.
    var words: String {
        switch self {
        case .text(let text): text
        case .number(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        default: ""
        }
    }

    /// The value with the one at `path` changed; nil where the path leads nowhere. A number in the path is a place in a list.
    func changed(at path: ArraySlice<String>, _ change: (JSONValue) -> JSONValue?) -> JSONValue? {
        guard let step = path.first else { return change(self) }
        switch self {
        case .list(var values):
            guard let index = Int(step), values.indices.contains(index),
                let new = values[index].changed(at: path.dropFirst(), change)
            else { return nil }
            values[index] = new
            return .list(values)
        case .object(var members):
            guard let new = members[step]?.changed(at: path.dropFirst(), change) else { return nil }
            members[step] = new
            return .object(members)
        default: return nil
        }
    }
}
