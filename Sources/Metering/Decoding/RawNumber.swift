/// A number as registers hold it, before any scale: no rounding has happened.
enum RawNumber: Equatable, Sendable {
    case signed(Int64)
    case unsigned(UInt64)
    /// Finite, normal or plus zero. A binary32 is exact as a `Double`.
    case float(Double, unitInLastPlace: Double)

    /// Reads a number from exactly as many words as its type has.
    init(words: ArraySlice<UInt16>, type: RegisterType, order: WordOrder) throws(DecodingFault) {
        guard let width = type.width else { throw .notText }
        guard words.count == width else { throw .truncated(expected: width, found: words.count) }
        let bits = Self.bits(words, order)
        switch type {
        case .u16, .u32, .u64: self = .unsigned(bits)
        case .s16: self = .signed(Int64(Int16(truncatingIfNeeded: bits)))
        case .s32: self = .signed(Int64(Int32(truncatingIfNeeded: bits)))
        case .s64: self = .signed(Int64(bitPattern: bits))
        case .acc32:
            guard bits != 0 else { throw .notImplemented }
            self = .unsigned(bits)
        case .f32:
            let number = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
            try Self.check(number)
            self = .float(Double(number), unitInLastPlace: Double(number.ulp))
        case .f64:
            let number = Double(bitPattern: bits)
            try Self.check(number)
            self = .float(number, unitInLastPlace: number.ulp)
        case .text: throw .notText
        }
    }

    /// The words as one unsigned number, most significant word first whatever order they came in.
    static func bits(_ words: ArraySlice<UInt16>, _ order: WordOrder) -> UInt64 {
        var bits: UInt64 = 0
        switch order {
        case .bigEndian: for word in words { bits = bits << 16 | UInt64(word) }
        case .leastSignificantWordFirst: for word in words.reversed() { bits = bits << 16 | UInt64(word) }
        }
        return bits
    }

    private static func check<Number: BinaryFloatingPoint>(_ number: Number) throws(DecodingFault) {
        if number.isNaN { throw .notANumber }
        if number.isInfinite { throw .infinite }
        if number.isZero, number.sign == .minus { throw .negativeZero }
        if number.isSubnormal { throw .denormal }
    }
}
