import Quantities

@testable import Metering

/// Decodes registers by plain floating point, for judging the decoder: it shares the profile with it, and no code. Exact to
/// one thousandth and 1 in 10¹⁵.
enum PlainDecoder {
    /// The powers of ten from -40 to 40.
    private static let powers: [Double] = (-40...40).map { Double("1e\($0)") ?? .nan }

    static func power(ofTen exponent: Int) -> Double { powers[exponent + 40] }

    /// The value in thousandths of the quantity's unit; `nil` where the words hold none.
    static func value(_ field: RegisterField, _ words: [UInt16], index: Int = 0) -> Double? {
        guard let unit = unit(field, words), let number = number(field, words, index) else { return nil }
        return number.value * unit
    }

    /// By how much the value moves at least when it moves, as the profile and the type say it.
    static func step(_ field: RegisterField, _ words: [UInt16]) -> Double {
        let stated = Double(field.resolution.rawValue)
        guard let unit = unit(field, words), let number = number(field, words, 0) else { return stated }
        return max(stated, number.unit * unit + (field.type.isFloat ? 1 : 0))
    }

    /// What one more in the registers is worth: a count, or the last place of a float.
    static func unitInLastPlace(_ field: RegisterField, _ words: [UInt16]) -> Double {
        guard let unit = unit(field, words), let number = number(field, words, 0) else { return 0 }
        return number.unit * unit
    }

    /// What the register's number is multiplied by.
    private static func unit(_ field: RegisterField, _ words: [UInt16]) -> Double? {
        var exponent = field.scale.exponent
        if let offset = field.scaleFactorOffset {
            guard offset < words.count else { return nil }
            let factor = Int(Int16(bitPattern: words[offset]))
            guard factor >= -10, factor <= 10 else { return nil }
            exponent += factor
        }
        return Double(field.scale.multiplier) * power(ofTen: exponent)
    }

    private static func number(_ field: RegisterField, _ words: [UInt16], _ index: Int) -> (
        value: Double, unit: Double
    )? {
        let width = field.width
        let start = field.offset + index * width
        guard start + width <= words.count else { return nil }
        var bits: UInt64 = 0
        for place in 0..<width {
            bits = bits << 16 | UInt64(words[field.order == .bigEndian ? start + place : start + width - 1 - place])
        }
        if field.notAvailable.contains(bits) { return nil }
        switch field.type {
        case .u16, .u32, .u64: return (Double(bits), 1)
        case .acc32: return bits == 0 ? nil : (Double(bits), 1)
        case .s16: return (Double(Int16(truncatingIfNeeded: bits)), 1)
        case .s32: return (Double(Int32(truncatingIfNeeded: bits)), 1)
        case .s64: return (Double(Int64(bitPattern: bits)), 1)
        case .f32:
            // Exponent 255: NaN and infinities; 0: denormals, and zero when nothing else is set.
            let exponent = bits >> 23 & 0xFF
            if exponent == 0xFF || exponent == 0 && bits != 0 { return nil }
            let float = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
            return (Double(float), Double(float.ulp))
        case .f64:
            let exponent = bits >> 52 & 0x7FF
            if exponent == 0x7FF || exponent == 0 && bits != 0 { return nil }
            let double = Double(bitPattern: bits)
            return (double, double.ulp)
        case .text: return nil
        }
    }
}
