internal import TOMLKit

/// A TOML document as a value of ours, detached from the parser's memory.
indirect enum TomlValue: Equatable, Sendable {
    case string(String)
    case integer(Int64)
    case float(Double)
    case boolean(Bool)
    /// A date, a time or both: no file of ours uses one, so its value is not kept.
    case moment
    case array([TomlValue])
    case table([String: TomlValue])

    /// What this is, for a message: `the integer 7`.
    var words: String {
        switch self {
        case .string(let text): "the string \"\(text)\""
        case .integer(let number): "the integer \(number)"
        case .float(let number): "the number \(number)"
        case .boolean(let flag): "\(flag)"
        case .moment: "a date or time"
        case .array(let elements): elements.isEmpty ? "an empty array" : "an array"
        case .table: "a table"
        }
    }

    /// Copies a parsed table.
    init(_ table: TOMLTable) {
        var copy: [String: TomlValue] = [:]
        for key in table.keys {
            if let value = table[key] { copy[key] = TomlValue(value) }
        }
        self = .table(copy)
    }

    private init(_ value: any TOMLValueConvertible) {
        switch value.type {
        case .table: self = value.table.map { TomlValue($0) } ?? .moment
        case .array: self = .array(value.array.map { $0.map { TomlValue($0) } } ?? [])
        case .string: self = value.string.map { .string($0) } ?? .moment
        case .int: self = value.int.map { .integer(Int64($0)) } ?? .moment
        case .double: self = value.double.map { .float($0) } ?? .moment
        case .bool: self = value.bool.map { .boolean($0) } ?? .moment
        case .date, .time, .dateTime: self = .moment
        }
    }
}
