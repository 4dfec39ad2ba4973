/// Why bytes are not deterministic CBOR, or why an item is not the map that was expected.
public enum CBORError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes themselves, with the offset of the item (from 0).
    case malformed(CBORFault, offset: Int)
    /// A well-formed item in the wrong place; the path reads like `record.time.quality`.
    case field(path: String, problem: FieldFault)

    public var description: String {
        switch self {
        case .malformed(let fault, let offset): return "CBOR at byte \(offset): \(fault)"
        case .field(let path, let problem): return "\(path): \(problem)"
        }
    }
}

/// What is wrong with the bytes of one CBOR item.
public enum CBORFault: Hashable, Sendable, CustomStringConvertible {
    case truncated
    case trailingBytes
    case nonMinimal
    case indefiniteLength
    case reservedInformation
    case unsortedKey
    case duplicateKey
    case float
    case simpleValue(UInt64)
    case tag(UInt64)
    case invalidText
    case tooDeep(limit: Int)
    case tooLong(limit: Int)

    public var description: String {
        switch self {
        case .truncated: return "the input ends inside an item"
        case .trailingBytes: return "bytes follow the item"
        case .nonMinimal: return "a number is not in its shortest form"
        case .indefiniteLength: return "an indefinite length"
        case .reservedInformation: return "additional information 28 to 30 is reserved"
        case .unsortedKey: return "a map key is out of order"
        case .duplicateKey: return "a map key stands twice"
        case .float: return "a float"
        case .simpleValue(let value): return "simple value \(value)"
        case .tag(let number): return "tag \(number)"
        case .invalidText: return "text that is not UTF-8"
        case .tooDeep(let limit): return "more than \(limit) containers inside one another"
        case .tooLong(let limit): return "more than \(limit) bytes"
        }
    }
}

/// What is wrong with one field of a map.
public enum FieldFault: Hashable, Sendable, CustomStringConvertible {
    case missing(key: UInt64)
    case unknown(key: String)
    case wrongType(expected: String, found: String)
    case outOfRange(expected: String, found: String)

    public var description: String {
        switch self {
        case .missing(let key): return "field \(key) is missing"
        case .unknown(let key): return "field \(key) is not known"
        case .wrongType(let expected, let found): return "expected \(expected), found \(found)"
        case .outOfRange(let expected, let found): return "expected \(expected), found \(found)"
        }
    }
}
