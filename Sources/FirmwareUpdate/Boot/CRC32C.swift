/// The Castagnoli checksum (RFC 3720 section 12.1): reflected, polynomial 0x1EDC6F41.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0x82F6_3B78 : rest >> 1 }
    }

    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        let table = table
        return bytes.withUnsafeBufferPointer { bytes in
            var rest = UInt32.max
            for index in 0..<bytes.count { rest = rest >> 8 ^ table[Int((rest ^ UInt32(bytes[index])) & 0xFF)] }
            return ~rest
        }
    }
}
