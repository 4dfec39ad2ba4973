internal import LightClient

/// A result on its way to JSON: CometBFT's shapes, where 64-bit integers are strings.
indirect enum RPCValue: Sendable, Encodable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral
{
    case text(String)
    /// A 32-bit number.
    case number(Int64)
    case bool(Bool)
    case null
    case array([RPCValue])
    case object([String: RPCValue])
    /// A type that has its own shape.
    case shaped(any Encodable & Sendable)

    init(stringLiteral value: String) { self = .text(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(dictionaryLiteral elements: (String, RPCValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
    init(arrayLiteral elements: RPCValue...) { self = .array(elements) }

    /// int64, uint64 or int: a string.
    static func integer(_ value: some BinaryInteger & Sendable) -> RPCValue { .text(String(value)) }

    /// HexBytes: upper case.
    static func hex(_ bytes: [UInt8]) -> RPCValue { .text(Hex.encode(bytes, upperCase: true)) }

    /// []byte: base64, null where there are none.
    static func base64(_ bytes: [UInt8]) -> RPCValue { bytes.isEmpty ? .null : .text(Base64.encode(bytes)) }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .text(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .number(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .bool(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .array(let values):
            var container = encoder.unkeyedContainer()
            for value in values { try container.encode(value) }
        case .object(let members):
            var container = encoder.container(keyedBy: Name.self)
            for (name, value) in members { try container.encode(value, forKey: Name(name)) }
        case .shaped(let value):
            try value.encode(to: encoder)
        }
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
