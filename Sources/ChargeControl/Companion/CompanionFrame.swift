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
    /// The bytes of a frame on the line.
    public typealias Bytes = InlineArray<13, UInt8>

    /// The number of the sample.
    public var sequence: UInt16
    /// The peak of the positive half wave.
    public var high: Millivolts
    /// The peak of the negative half wave.
    public var low: Millivolts
    /// How old the sample was when the frame's first byte left; whole microseconds go over the line, rounded up.
    public var age: Nanoseconds

    /// How many bytes a frame has.
    public static var length: Int { @_noLocks get { 13 } }
    /// Its first two bytes.
    public static var sync: (UInt8, UInt8) { @_noLocks get { (0xA5, 0x5A) } }
    /// What its third byte says.
    public static var bodyLength: UInt8 { @_noLocks get { 8 } }
    /// The greatest age that fits: what is older has to wait for the next sample.
    public static var longestAge: Nanoseconds { @_noLocks get { Nanoseconds(65_535_000) } }

    /// A sample.
    @_noLocks
    public init(sequence: UInt16, high: Millivolts, low: Millivolts, age: Nanoseconds) {
        self.sequence = sequence
        self.high = high
        self.low = low
        self.age = age
    }

    /// Reads a whole frame; `nil` where it is none.
    @_noLocks
    public init?(_ bytes: Bytes) {
        guard bytes[0] == Self.sync.0, bytes[1] == Self.sync.1, bytes[2] == Self.bodyLength,
            Self.word(bytes, 11) == Self.checksum(bytes)
        else { return nil }
        sequence = Self.word(bytes, 3)
        high = Millivolts(Int32(Int16(bitPattern: Self.word(bytes, 5))))
        low = Millivolts(Int32(Int16(bitPattern: Self.word(bytes, 7))))
        age = Nanoseconds(Int64(Self.word(bytes, 9)) * 1_000)
    }

    /// The frame as bytes; a peak or an age that does not fit its field is cut to what fits.
    public var bytes: Bytes {
        @_noLocks get {
            var bytes = Bytes(repeating: 0)
            bytes[0] = Self.sync.0
            bytes[1] = Self.sync.1
            bytes[2] = Self.bodyLength
            Self.put(sequence, 3, &bytes)
            Self.put(UInt16(bitPattern: Int16(clamping: high.rawValue)), 5, &bytes)
            Self.put(UInt16(bitPattern: Int16(clamping: low.rawValue)), 7, &bytes)
            Self.put(UInt16(clamping: (age.rawValue + 999) / 1_000), 9, &bytes)
            Self.put(Self.checksum(bytes), 11, &bytes)
            return bytes
        }
    }

    @_noLocks
    private static func word(_ bytes: Bytes, _ offset: Int) -> UInt16 {
        UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8
    }

    @_noLocks
    private static func put(_ word: UInt16, _ offset: Int, _ bytes: inout Bytes) {
        bytes[offset] = UInt8(truncatingIfNeeded: word)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: word >> 8)
    }

    @_noLocks
    private static func checksum(_ bytes: Bytes) -> UInt16 {
        var crc: UInt16 = 0xFFFF
        var place = 2
        while place < 11 {
            crc ^= UInt16(bytes[place]) << 8
            var bit = 0
            while bit < 8 {
                crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1
                bit += 1
            }
            place += 1
        }
        return crc
    }
}
