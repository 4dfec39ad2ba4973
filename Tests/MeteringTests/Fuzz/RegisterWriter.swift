@testable import Metering

/// Puts values into registers as a meter does: the decoder's way backwards, and no code of it.
enum RegisterWriter {
    /// Writes a value in thousandths, floored to what integer registers can tell, rounded to the nearest float. `factor` is
    /// the power of ten where the field has a scale factor; the caller writes that itself.
    static func put(_ value: Int64, _ field: RegisterField, index: Int = 0, factor: Int, into words: inout [UInt16]) {
        let exponent = field.scale.exponent + (field.scaleFactorOffset == nil ? 0 : factor)
        let bits: UInt64
        switch field.type {
        case .f32:
            bits = UInt64(
                Float(Double(value) / (Double(field.scale.multiplier) * PlainDecoder.power(ofTen: exponent))).bitPattern
            )
        case .f64:
            bits = (Double(value) / (Double(field.scale.multiplier) * PlainDecoder.power(ofTen: exponent))).bitPattern
        default:
            var raw = value
            if exponent >= 0 {
                let unit = Int64(field.scale.multiplier) * integerPower(exponent)
                raw = (raw - (raw % unit + unit) % unit) / unit
            } else {
                raw = raw &* integerPower(-exponent) / Int64(field.scale.multiplier)
            }
            bits = UInt64(bitPattern: raw)
        }
        put(bits: bits, at: field.offset + index * field.width, width: field.width, field.order, into: &words)
    }

    static func put(bits: UInt64, at start: Int, width: Int, _ order: WordOrder, into words: inout [UInt16]) {
        for place in 0..<width {
            let word = UInt16(truncatingIfNeeded: bits >> UInt64(16 * (width - 1 - place)))
            words[order == .bigEndian ? start + place : start + width - 1 - place] = word
        }
    }

    private static func integerPower(_ exponent: Int) -> Int64 {
        var power: Int64 = 1
        for _ in 0..<min(exponent, 18) { power *= 10 }
        return power
    }
}
