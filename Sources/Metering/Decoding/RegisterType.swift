/// How a number lies in registers. The bytes within a register always come high byte first.
public enum RegisterType: String, CaseIterable, Equatable, Sendable {
    case u16, s16, u32, s32, u64, s64
    /// IEEE 754 binary32 and binary64.
    case f32, f64
    /// SunSpec's accumulator: 32 bits, 0 means "not implemented".
    case acc32
    /// Printable ASCII, two characters a register.
    case text

    /// Registers of one value; a text has its own length.
    public var width: Int? {
        switch self {
        case .u16, .s16: 1
        case .u32, .s32, .f32, .acc32: 2
        case .u64, .s64, .f64: 4
        case .text: nil
        }
    }

    /// Whether the number in the registers is binary floating point.
    public var isFloat: Bool { self == .f32 || self == .f64 }
}

/// The order of the words of one number.
public enum WordOrder: String, CaseIterable, Equatable, Sendable {
    /// Most significant word first.
    case bigEndian = "be"
    /// Least significant word first.
    case leastSignificantWordFirst = "lsw"
}
