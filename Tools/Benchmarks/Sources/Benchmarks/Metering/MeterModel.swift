import Glibc

/// The registers of an SDM630 that nobody takes energy through: what a reading and an identification ask for.
struct MeterModel {
    private var reads: UInt32 = 0

    /// The words of a read; the voltage and the frequency never stand quite still.
    mutating func words(function: UInt8, address: Int, count: Int) -> [UInt16] {
        reads &+= 1
        let noise = Float(reads % 16) / 100
        return (address..<address + count).map { register in
            if function == 3 { return Self.half(of: 23_456_789, second: register % 2 == 1) }
            let value: Float =
                switch register / 2 * 2 {
                case 0x00, 0x02, 0x04: 230 + noise
                case 0x46: 50 + noise
                case 0x48: 1_234.56
                default: 0
                }
            return Self.half(of: value.bitPattern, second: register % 2 == 1)
        }
    }

    /// The reply's function, byte count and words.
    mutating func answer(_ request: ArraySlice<UInt8>) -> [UInt8] {
        let bytes = Array(request)
        let (address, count) = (Int(bytes[1]) << 8 | Int(bytes[2]), Int(bytes[3]) << 8 | Int(bytes[4]))
        let words = words(function: bytes[0], address: address, count: count)
        return [bytes[0], UInt8(2 * count)] + words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }

    private static func half(of bits: UInt32, second: Bool) -> UInt16 {
        UInt16(truncatingIfNeeded: second ? bits : bits >> 16)
    }
}
