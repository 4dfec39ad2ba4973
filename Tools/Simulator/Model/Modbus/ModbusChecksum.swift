/// The CRC of Modbus over serial line (V1.02, clause 6.2.2): polynomial A001 reflected, start FFFF, low byte first.
public enum ModbusChecksum {
    /// The checksum of these bytes.
    public static func crc16(_ bytes: some Sequence<UInt8>) -> UInt16 {
        var crc: UInt16 = 0xFFFF
        for byte in bytes {
            crc ^= UInt16(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xA001 : crc >> 1 }
        }
        return crc
    }
}
