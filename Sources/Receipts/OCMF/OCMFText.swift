import LightClient
import Quantities
import SignedRecords

// What a signed OCMF payload is made of. Written by hand: the signature covers these very bytes, the decimal places of a
// number carry meaning (OCMF 1.3, "RV"), and no library for JSON keeps them.

/// Texts, numbers and times as an OCMF payload states them.
enum OCMFText {
    /// A JSON string in ASCII. The section separator `|` is escaped too, since a reader splits at it first.
    static func string(_ text: String) -> String {
        var quoted = "\""
        for unit in text.utf16 {
            switch unit {
            case 0x22: quoted += "\\\""
            case 0x5C: quoted += "\\\\"
            case 0x20...0x7B, 0x7D, 0x7E: quoted.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            default:
                let digits = String(unit, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            }
        }
        return quoted + "\""
    }

    /// Decimal places that a kWh needs so that every one of these energies is stated exactly, and none beyond what the
    /// register counts in.
    static func decimals(of energies: [MilliwattHours]) -> Int {
        let zeros = energies.map { energy in
            var rest = energy.rawValue
            var zeros = 0
            while zeros < 6, rest % 10 == 0 {
                rest /= 10
                zeros += 1
            }
            return zeros
        }
        return 6 - (zeros.min() ?? 0)
    }

    /// Milliwatt-hours in kWh with exactly so many decimal places, 0 to 6; nil where digits would be lost, or below zero.
    static func kilowattHours(_ energy: MilliwattHours, decimals: Int) -> String? {
        guard (0...6).contains(decimals), energy >= .zero else { return nil }
        var unit: Int64 = 1
        for _ in decimals..<6 { unit *= 10 }
        guard energy.rawValue % unit == 0 else { return nil }
        var digits = String(energy.rawValue / unit)
        if decimals == 0 { return digits }
        if digits.utf8.count <= decimals {
            digits = String(repeating: "0", count: decimals + 1 - digits.utf8.count) + digits
        }
        return "\(digits.dropLast(decimals)).\(digits.suffix(decimals))"
    }

    /// `2027-01-15T08:00:01,000+0000 S`; nil beyond the calendar.
    static func time(_ milliseconds: Int64, quality: TimeQuality) -> String? {
        guard milliseconds >= 0, let moment = Timestamp(unixMilliseconds: milliseconds) else { return nil }
        let fraction = String(1_000 + milliseconds % 1_000).dropFirst()
        let letter =
            switch quality {
            case .unknown: "U"
            case .informative: "I"
            case .synchronised: "S"
            }
        return "\(moment.rfc3339.prefix(19)),\(fraction)+0000 \(letter)"
    }
}
