/// One field of a record: its key in CBOR, its name in JSON lines and in docs/format.md, and its value.
///
/// Every part of a record states its fields once; encoding and printing both come from that statement.
public struct RecordField: Hashable, Sendable {
    /// The integer key in the CBOR map.
    public let key: UInt64
    /// The name in `records show`.
    public let name: String
    public let value: RecordFieldValue

    init(_ key: UInt64, _ name: String, _ value: RecordFieldValue) {
        self.key = key
        self.name = name
        self.value = value
    }
}

/// The value of a record field.
public enum RecordFieldValue: Hashable, Sendable {
    case unsigned(UInt64)
    case signed(Int64)
    case bytes([UInt8])
    case text(String)
    case bool(Bool)
    /// A code with the name that JSON lines print.
    case code(UInt64, name: RecordCodeName)
    /// A map inside.
    case fields([RecordField])
    case list([RecordFieldValue])

    /// The CBOR item that stands for it.
    var cbor: CBOR {
        switch self {
        case .unsigned(let value), .code(let value, _): return .unsigned(value)
        case .signed(let value): return .integer(value)
        case .bytes(let bytes): return .bytes(bytes)
        case .text(let text): return .text(text)
        case .bool(let flag): return .bool(flag)
        case .fields(let fields): return CBOR.fields(fields.map { ($0.key, $0.value.cbor) })
        case .list(let items): return .array(items.map(\.cbor))
        }
    }
}

/// A part of a record that is a map with integer keys.
protocol RecordPart: Hashable, Sendable {
    /// The fields that are present.
    var fields: [RecordField] { get }
    /// Reads the fields; `RecordPart.read` refuses the ones that nobody read.
    init(reading fields: inout CBORFields) throws(CBORError)
}

extension RecordPart {
    static func read(_ fields: CBORFields) throws(CBORError) -> Self {
        var fields = fields
        let part = try Self(reading: &fields)
        try fields.finish()
        return part
    }

    static func read(_ item: CBOR, path: String) throws(CBORError) -> Self {
        try read(try CBORFields(item, path: path))
    }
}
