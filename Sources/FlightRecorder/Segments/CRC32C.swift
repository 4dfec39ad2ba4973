/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78; RFC 3720 appendix B.4), bit by bit: dumps are rare.
struct CRC32C {
    private var rest = UInt32.max

    var value: UInt32 { ~rest }

    mutating func add(_ byte: UInt8) {
        rest ^= UInt32(byte)
        for _ in 0..<8 { rest = rest & 1 == 1 ? rest >> 1 ^ 0x82F6_3B78 : rest >> 1 }
    }

    mutating func add(_ bytes: [UInt8], from start: Int, to end: Int) {
        for index in start..<end { add(bytes[index]) }
    }

    mutating func add(_ value: UInt64) {
        for shift in 0..<8 { add(UInt8(truncatingIfNeeded: value >> UInt64(8 * shift))) }
    }

    mutating func add(_ name: FieldName) {
        add(name.structure)
        add(UInt64(truncatingIfNeeded: Int64(name.element)))
        add(name.field)
    }

    private mutating func add(_ text: StaticString) {
        for index in 0..<text.utf8CodeUnitCount { add(text.utf8Start[index]) }
        add(UInt8(0))
    }
}
