/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78; RFC 3720 appendix B.4), by eight tables, eight bytes at a time.
///
/// It finds what a torn write or a noisy wire changed; what is believed rests on hashes and signatures.
public enum CRC32C {
    /// Table 0 is the plain one; table n is table 0 behind n zero bytes. One after another.
    private static let tables: [UInt32] = {
        var tables = (0..<256).map { index in
            var value = UInt32(index)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
            return value
        }
        for index in 256..<8 * 256 {
            let before = tables[index - 256]
            tables.append(before >> 8 ^ tables[Int(before & 0xFF)])
        }
        return tables
    }()

    /// The checksum of these bytes; of none it is 0.
    public static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        tables.withUnsafeBufferPointer { tables in
            bytes.withUnsafeBytes { bytes in
                var value = UInt32.max
                var offset = 0
                while bytes.count - offset >= 8 {
                    let low = value ^ UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                    let high = UInt32(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
                    value =
                        tables[7 * 256 + Int(low & 0xFF)] ^ tables[6 * 256 + Int(low >> 8 & 0xFF)]
                        ^ tables[5 * 256 + Int(low >> 16 & 0xFF)] ^ tables[4 * 256 + Int(low >> 24)]
                        ^ tables[3 * 256 + Int(high & 0xFF)] ^ tables[2 * 256 + Int(high >> 8 & 0xFF)]
                        ^ tables[256 + Int(high >> 16 & 0xFF)] ^ tables[Int(high >> 24)]
                    offset += 8
                }
                while offset < bytes.count {
                    value = tables[Int((value ^ UInt32(bytes[offset])) & 0xFF)] ^ value >> 8
                    offset += 1
                }
                return ~value
            }
        }
    }
}
