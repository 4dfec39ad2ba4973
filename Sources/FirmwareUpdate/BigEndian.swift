/// Integers in network order, appended to bytes.
extension Array where Element == UInt8 {
    mutating func appendBigEndian(_ value: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}

/// Reads bytes in order, never past their end.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private(set) var offset = 0

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// The next bytes, or `nil` where fewer are left.
    mutating func take(_ count: Int) -> [UInt8]? {
        guard count >= 0, count <= bytes.count - offset else { return nil }
        let start = bytes.startIndex + offset
        offset += count
        return Array(bytes[start..<start + count])
    }

    /// The next integer in network order, or `nil` where too few bytes are left.
    mutating func bigEndian<Value: FixedWidthInteger & UnsignedInteger>(_ type: Value.Type = Value.self) -> Value? {
        take(Value.bitWidth / 8)?.reduce(0) { $0 << 8 | Value($1) }
    }
}
