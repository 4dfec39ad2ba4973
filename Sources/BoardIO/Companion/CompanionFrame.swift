/// The frame that a companion microcontroller sends for each of its samples of the pilot: this file owns the format.
///
///      0  A5   1  5A                       sync
///      2  length u8, 8                     the bytes up to the checksum
///      3  sequence u16                     one more for each sample, wraps
///      5  high, mV i16   7  low, mV i16    the peaks at the charger's terminal
///      9  age, µs u16                      from the measurement to the frame's first byte
///     11  CRC-16 u16                       over the bytes 2 to 10: polynomial 1021, start FFFF, most significant bit first
///
/// All numbers are little-endian. A sequence that came before is no new sample: a microcontroller whose sampler stands
/// still must not look alive because its transmitter does.
public import Quantities

/// One sample of the pilot as the companion sends it.
public struct CompanionFrame: Equatable, Sendable, BitwiseCopyable {
    /// The number of the sample.
    public var sequence: UInt16
    /// The peak of the positive half wave.
    public var high: Millivolts
    /// The peak of the negative half wave.
    public var low: Millivolts
    /// How old the sample was when the frame's first byte left.
    public var age: Nanoseconds

    /// The bytes of a frame.
    public static let length = 13
    static let sync: (UInt8, UInt8) = (0xA5, 0x5A)
    static let bodyLength: UInt8 = 8

    /// A sample.
    public init(sequence: UInt16, high: Millivolts, low: Millivolts, age: Nanoseconds) {
        self.sequence = sequence
        self.high = high
        self.low = low
        self.age = age
    }

    /// Reads a whole frame; `nil` where it is none.
    init?(_ bytes: ArraySlice<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == Self.length, bytes[0] == Self.sync.0, bytes[1] == Self.sync.1,
            bytes[2] == Self.bodyLength
        else { return nil }
        func word(_ offset: Int) -> UInt16 { UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8 }
        guard word(11) == Self.checksum(bytes[2..<11]) else { return nil }
        sequence = word(3)
        high = Millivolts(Int32(Int16(bitPattern: word(5))))
        low = Millivolts(Int32(Int16(bitPattern: word(7))))
        age = Nanoseconds(Int64(word(9)) * 1_000)
    }

    /// The frame as bytes; a peak or an age outside its field is a mistake of the caller's.
    public var bytes: [UInt8] {
        var bytes = [Self.sync.0, Self.sync.1, Self.bodyLength]
        func put(_ word: UInt16) { bytes += [UInt8(truncatingIfNeeded: word), UInt8(word >> 8)] }
        put(sequence)
        put(UInt16(bitPattern: Int16(clamping: high.rawValue)))
        put(UInt16(bitPattern: Int16(clamping: low.rawValue)))
        put(UInt16(clamping: age.rawValue / 1_000))
        put(Self.checksum(bytes[2...]))
        return bytes
    }

    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        var crc: UInt16 = 0xFFFF
        for byte in bytes {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
        }
        return crc
    }
}
