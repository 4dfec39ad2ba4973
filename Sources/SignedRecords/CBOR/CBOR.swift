/// One item of deterministic CBOR: the subset of RFC 8949 that records, transactions and receipts use.
///
/// Integers, byte strings, text, arrays, maps, booleans and null. No floats, no tags, no indefinite lengths, no undefined:
/// two different encodings of one value do not exist (RFC 8949 section 4.2.1), and the decoder refuses every other.
public enum CBOR: Hashable, Sendable {
    /// Major type 0.
    case unsigned(UInt64)
    /// Major type 1: the number −1 − n.
    case negative(UInt64)
    /// Major type 2.
    case bytes([UInt8])
    /// Major type 3.
    case text(String)
    /// Major type 4.
    case array([CBOR])
    /// Major type 5, ordered by the encoded keys.
    case map(CBORMap)
    /// Major type 7, simple values 20 and 21.
    case bool(Bool)
    /// Major type 7, simple value 22.
    case null

    /// The item of a signed number.
    public static func integer(_ value: Int64) -> CBOR {
        value >= 0 ? .unsigned(UInt64(value)) : .negative(UInt64(bitPattern: ~value))
    }

    /// A map with integer keys; a `nil` value leaves its key out. The keys must differ (a programming error otherwise).
    public static func fields(_ pairs: [(UInt64, CBOR?)]) -> CBOR {
        var entries: [(CBOR, CBOR)] = []
        for (key, value) in pairs {
            if let value { entries.append((.unsigned(key), value)) }
        }
        return .map(CBORMap(distinctKeys: entries))
    }

    /// The number, where this is an unsigned integer.
    public var unsignedValue: UInt64? {
        if case .unsigned(let value) = self { return value }
        return nil
    }

    /// The number, where this is an integer that fits 64 bits with a sign.
    public var integerValue: Int64? {
        switch self {
        case .unsigned(let value): return Int64(exactly: value)
        case .negative(let value): return value <= UInt64(Int64.max) ? ~Int64(value) : nil
        default: return nil
        }
    }

    /// The bytes, where this is a byte string.
    public var bytesValue: [UInt8]? {
        if case .bytes(let value) = self { return value }
        return nil
    }

    /// The text, where this is a text string.
    public var textValue: String? {
        if case .text(let value) = self { return value }
        return nil
    }

    /// The items, where this is an array.
    public var arrayValue: [CBOR]? {
        if case .array(let value) = self { return value }
        return nil
    }

    /// The map, where this is one.
    public var mapValue: CBORMap? {
        if case .map(let value) = self { return value }
        return nil
    }

    /// What kind of item this is, for messages.
    public var kindName: String {
        switch self {
        case .unsigned: return "unsigned integer"
        case .negative: return "negative integer"
        case .bytes(let value): return "byte string of \(value.count)"
        case .text: return "text"
        case .array(let items): return "array of \(items.count)"
        case .map(let map): return "map of \(map.entries.count)"
        case .bool: return "boolean"
        case .null: return "null"
        }
    }
}
