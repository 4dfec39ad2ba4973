/// Integers as text, without locale and without floating point.
public enum DecimalText {
    /// `value` thousandths (or other decimal parts) with `digits` digits behind the point: `(9500, 3)` is `9.500`.
    public static func fixed(_ value: Int64, digits: Int) -> String {
        let magnitude = String(value.magnitude)
        let padded = String(repeating: "0", count: max(0, digits + 1 - magnitude.count)) + magnitude
        return (value < 0 ? "-" : "") + padded.dropLast(digits) + "." + padded.suffix(digits)
    }

    /// What a person or a program may name as a moment: the years 1970 to 9999.
    static let instants: ClosedRange<Int64> = 0...253_402_300_799_999

    /// The moment of `2026-11-29T18:40:00Z`, in milliseconds since 1970; nil for any other form, for a day that no month has,
    /// and for years before 1970.
    static func unixMilliseconds(rfc3339 text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count == 20,
            zip(bytes, "dddd-dd-ddTdd:dd:ddZ".utf8).allSatisfy({ byte, form in
                form == UInt8(ascii: "d") ? (0x30...0x39).contains(byte) : byte == form
            })
        else { return nil }
        func number(_ range: Range<Int>) -> Int64 { bytes[range].reduce(0) { $0 * 10 + Int64($1 - 0x30) } }
        let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
        let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
        guard hour < 24, minute < 60, second < 60, (1...12).contains(month) else { return nil }
        // Counted from 0000-03-01, as `civil` does.
        let (shiftedYear, shiftedMonth) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
        let days =
            365 * shiftedYear + shiftedYear / 4 - shiftedYear / 100 + shiftedYear / 400 + (153 * shiftedMonth + 2) / 5
            + day - 1 - 719_468
        guard civil(daysSince1970: days) == (year, month, day) else { return nil }
        let milliseconds = ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1_000
        return instants.contains(milliseconds) ? milliseconds : nil
    }

    /// RFC 3339 in UTC with milliseconds, or `nil` outside of the years 0 to 9999.
    static func rfc3339(unixMilliseconds: Int64) -> String? {
        guard (-62_167_219_200_000...253_402_300_799_999).contains(unixMilliseconds) else { return nil }
        let millisecond = modulo(unixMilliseconds, 1000)
        let seconds = (unixMilliseconds - millisecond) / 1000
        let second = modulo(seconds, 86_400)
        let (year, month, day) = civil(daysSince1970: (seconds - second) / 86_400)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(padded(second / 3600, 2)):"
            + "\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2)).\(padded(millisecond, 3))Z"
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func modulo(_ value: Int64, _ divisor: Int64) -> Int64 {
        let remainder = value % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }

    /// The proleptic Gregorian date of a day number. Counted from 0000-03-01, so that leap days come last in a year.
    private static func civil(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let dayOfEra = modulo(shifted, 146_097)
        let era = (shifted - dayOfEra) / 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
