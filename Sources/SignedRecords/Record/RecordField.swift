import Quantities

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

    /// Appends its one encoding: deterministic CBOR, written without building the items first.
    func append(to output: inout [UInt8]) {
        switch self {
        case .unsigned(let value), .code(let value, _): CBOR.appendHead(major: 0, value, to: &output)
        case .signed(let value): CBOR.append(value, to: &output)
        case .bytes(let bytes): CBOR.append(bytes: bytes[...], to: &output)
        case .text(let text): CBOR.append(text: text, to: &output)
        case .bool(let flag): CBOR.append(flag, to: &output)
        case .fields(let fields): RecordFieldValue.append(fields, to: &output)
        case .list(let items):
            CBOR.appendHead(major: 4, UInt64(items.count), to: &output)
            for item in items { item.append(to: &output) }
        }
    }

    /// Appends a map. Every part states its fields by rising keys; a map's encoding needs them so (RFC 8949 section 4.2.1).
    static func append(_ fields: [RecordField], to output: inout [UInt8]) {
        CBOR.appendHead(major: 5, UInt64(fields.count), to: &output)
        var last: UInt64?
        for field in fields {
            invariant(last.map { $0 < field.key } ?? true, "a part states its fields by rising keys")
            last = field.key
            CBOR.appendHead(major: 0, field.key, to: &output)
            field.value.append(to: &output)
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
