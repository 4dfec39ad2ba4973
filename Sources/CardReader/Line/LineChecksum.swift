/// CRC-16/CCITT-FALSE (polynomial 0x1021, from 0xFFFF, not reflected, nothing added): of "123456789" it is 0x29B1.
public enum LineChecksum {
    /// Of these bytes.
    public static func of(_ bytes: some Sequence<UInt8>) -> UInt16 {
        var sum: UInt16 = 0xFFFF
        for byte in bytes {
            sum ^= UInt16(byte) << 8
            for _ in 0..<8 { sum = sum & 0x8000 == 0 ? sum << 1 : sum << 1 ^ 0x1021 }
        }
        return sum
    }

    /// As it stands at the end of a line: `*` and four upper-case hexadecimal digits.
    static func suffix(_ sum: UInt16) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "*")] + [12, 8, 4, 0].map { digits[Int(sum >> UInt16($0) & 0x0F)] }
    }
}
