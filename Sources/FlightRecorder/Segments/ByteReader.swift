/// Reads bytes in order, never past its end.
struct ByteReader {
    let bytes: [UInt8]
    private(set) var offset: Int
    let end: Int

    /// Reads from `start` up to `end`, both within the bytes.
    init(_ bytes: [UInt8], from start: Int, to end: Int) {
        self.bytes = bytes
        offset = start
        self.end = end
    }

    var isAtEnd: Bool { offset >= end }

    /// The next byte, or `nil` at the end.
    mutating func byte() -> UInt8? {
        guard offset < end else { return nil }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// Passes over bytes; false where there are fewer.
    mutating func skip(_ count: Int) -> Bool {
        guard count >= 0, count <= end - offset else { return false }
        offset += count
        return true
    }

    /// The next integer of so many bytes, little-endian, or `nil` where too few are left.
    mutating func littleEndian(_ size: Int) -> UInt64? {
        guard size <= end - offset else { return nil }
        var value: UInt64 = 0
        for index in 0..<size { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
        offset += size
        return value
    }

    /// The next number of seven bits a byte; `nil` where it does not end, or is longer than it need be.
    mutating func number() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = byte() {
            let bits = UInt64(byte & 0x7F)
            if shift == 63, bits > 1 { return nil }
            if shift > 0, byte == 0 { return nil }
            value |= bits << shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { return nil }
        }
        return nil
    }

    /// The next folded signed number.
    mutating func signed() -> Int64? {
        guard let folded = number() else { return nil }
        return Int64(bitPattern: folded >> 1) ^ -Int64(bitPattern: folded & 1)
    }
}
