extension CBOR {
    /// The one encoding of this item: shortest integers, definite lengths, map entries in order (RFC 8949 section 4.2.1).
    public func encode() -> [UInt8] {
        var output: [UInt8] = []
        append(to: &output)
        return output
    }

    private func append(to output: inout [UInt8]) {
        switch self {
        case .unsigned(let value):
            CBOR.appendHead(major: 0, value, to: &output)
        case .negative(let value):
            CBOR.appendHead(major: 1, value, to: &output)
        case .bytes(let value):
            CBOR.append(bytes: value[...], to: &output)
        case .text(let value):
            CBOR.append(text: value, to: &output)
        case .array(let items):
            CBOR.appendHead(major: 4, UInt64(items.count), to: &output)
            for item in items { item.append(to: &output) }
        case .map(let map):
            CBOR.appendHead(major: 5, UInt64(map.entries.count), to: &output)
            for entry in map.entries {
                entry.key.append(to: &output)
                entry.value.append(to: &output)
            }
        case .bool(let value):
            CBOR.append(value, to: &output)
        case .null:
            output.append(0xF6)
        }
    }

    /// Appends a byte string, head and all.
    static func append(bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        appendHead(major: 2, UInt64(bytes.count), to: &output)
        output.append(contentsOf: bytes)
    }

    /// Appends a text, head and all.
    static func append(text: String, to output: inout [UInt8]) {
        appendHead(major: 3, UInt64(text.utf8.count), to: &output)
        output.append(contentsOf: text.utf8)
    }

    /// Appends an integer.
    static func append(_ value: Int64, to output: inout [UInt8]) {
        if value >= 0 {
            appendHead(major: 0, UInt64(value), to: &output)
        } else {
            appendHead(major: 1, UInt64(bitPattern: ~value), to: &output)
        }
    }

    /// Appends a boolean.
    static func append(_ value: Bool, to output: inout [UInt8]) { output.append(value ? 0xF5 : 0xF4) }

    /// How many bytes a head with this argument takes.
    static func headBytes(_ value: UInt64) -> Int {
        switch value {
        case 0..<24: 1
        case 24...0xFF: 2
        case 0x100...0xFFFF: 3
        case 0x1_0000...0xFFFF_FFFF: 5
        default: 9
        }
    }

    /// The initial byte and the shortest argument (RFC 8949 section 3).
    static func appendHead(major: UInt8, _ value: UInt64, to output: inout [UInt8]) {
        let top = major << 5
        switch value {
        case 0..<24:
            output.append(top | UInt8(truncatingIfNeeded: value))
        case 24...0xFF:
            output.append(top | 24)
            output.append(UInt8(truncatingIfNeeded: value))
        case 0x100...0xFFFF:
            output.append(top | 25)
            appendBigEndian(value, byteCount: 2, to: &output)
        case 0x1_0000...0xFFFF_FFFF:
            output.append(top | 26)
            appendBigEndian(value, byteCount: 4, to: &output)
        default:
            output.append(top | 27)
            appendBigEndian(value, byteCount: 8, to: &output)
        }
    }

    private static func appendBigEndian(_ value: UInt64, byteCount: Int, to output: inout [UInt8]) {
        for place in stride(from: (byteCount - 1) * 8, through: 0, by: -8) {
            output.append(UInt8(truncatingIfNeeded: value >> UInt64(place)))
        }
    }
}
