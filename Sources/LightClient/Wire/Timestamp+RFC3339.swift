// RFC 3339 by hand: Foundation's dates lose nanoseconds. Go cuts trailing zeros of the fraction and writes "Z".

extension Timestamp {
    /// Reads `2026-11-23T01:34:47.351964653Z`: 0 to 9 fraction digits, "Z" or a numeric offset (RFC 3339 section 5.6).
    /// Refuses leap seconds, more digits, and dates that do not exist.
    public init(rfc3339 text: String) throws(LightClientError) {
        var scanner = DigitScanner(text)
        let year = try scanner.number(digits: 4, in: 1...9999)
        try scanner.skip("-")
        let month = try scanner.number(digits: 2, in: 1...12)
        try scanner.skip("-")
        let day = try scanner.number(digits: 2, in: 1...Timestamp.days(inMonth: month, year: year))
        try scanner.skip("T")
        let hour = try scanner.number(digits: 2, in: 0...23)
        try scanner.skip(":")
        let minute = try scanner.number(digits: 2, in: 0...59)
        try scanner.skip(":")
        let second = try scanner.number(digits: 2, in: 0...59)
        let nanoseconds = try scanner.fraction()
        let offset = try scanner.zone()
        let days = Timestamp.daysSinceEpoch(year: year, month: month, day: day)
        try self.init(
            seconds: days * 86_400 + hour * 3600 + minute * 60 + second - offset, nanoseconds: nanoseconds)
    }

    /// The text as Go writes it: UTC, the fraction without trailing zeros.
    public var rfc3339: String {
        let day = seconds >= 0 ? seconds / 86_400 : (seconds + 1) / 86_400 - 1
        let time = seconds - day * 86_400
        let date = Timestamp.date(daysSinceEpoch: day)
        var text = Timestamp.padded(date.year, 4) + "-" + Timestamp.padded(date.month, 2)
        text += "-" + Timestamp.padded(date.day, 2) + "T" + Timestamp.padded(time / 3600, 2)
        text += ":" + Timestamp.padded(time / 60 % 60, 2) + ":" + Timestamp.padded(time % 60, 2)
        if nanoseconds > 0 {
            var fraction = Timestamp.padded(Int64(nanoseconds), 9)
            while fraction.hasSuffix("0") { fraction.removeLast() }
            text += "." + fraction
        }
        return text + "Z"
    }

    private static func padded(_ value: Int64, _ digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    private static func days(inMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: return isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: return 30
        default: return 31
        }
    }

    /// Days before 1 January of `year` since 1 January of year 1, proleptic Gregorian.
    private static func days(beforeYear year: Int64) -> Int64 {
        let past = year - 1
        return past * 365 + past / 4 - past / 100 + past / 400
    }

    private static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        var days = days(beforeYear: year) - days(beforeYear: 1970)
        for earlier in 1..<month { days += self.days(inMonth: earlier, year: year) }
        return days + day - 1
    }

    private static func date(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let sinceYearOne = daysSinceEpoch + days(beforeYear: 1970)
        // 146 097 days are 400 years; the estimate is never too late by more than one year.
        var year = sinceYearOne * 400 / 146_097 + 1
        while days(beforeYear: year) > sinceYearOne { year -= 1 }
        while days(beforeYear: year + 1) <= sinceYearOne { year += 1 }
        var rest = sinceYearOne - days(beforeYear: year)
        var month: Int64 = 1
        while rest >= days(inMonth: month, year: year) {
            rest -= days(inMonth: month, year: year)
            month += 1
        }
        return (year, month, rest + 1)
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339.
    public var description: String { rfc3339 }
}

/// Walks the fixed places of an RFC 3339 text.
private struct DigitScanner {
    let text: String
    let digits: [UInt8]
    var position = 0

    init(_ text: String) {
        self.text = text
        digits = Array(text.utf8)
    }

    func fault(_ reason: String) -> LightClientError {
        .malformedText(kind: "timestamp", text: text, reason: "\(reason) at place \(position)")
    }

    func peek() -> UInt8? { position < digits.count ? digits[position] : nil }

    mutating func digit() -> Int64? {
        guard let next = peek(), (0x30...0x39).contains(next) else { return nil }
        position += 1
        return Int64(next - 0x30)
    }

    mutating func number(digits count: Int, in range: ClosedRange<Int64>) throws(LightClientError) -> Int64 {
        var value: Int64 = 0
        for _ in 0..<count {
            guard let next = digit() else { throw fault("expected a digit") }
            value = value * 10 + next
        }
        guard range.contains(value) else {
            throw fault("\(value) is outside \(range.lowerBound)...\(range.upperBound)")
        }
        return value
    }

    mutating func skip(_ expected: Unicode.Scalar) throws(LightClientError) {
        guard let next = peek(), UInt32(next) == expected.value else { throw fault("expected \"\(expected)\"") }
        position += 1
    }

    /// An optional fraction, in nanoseconds.
    mutating func fraction() throws(LightClientError) -> Int32 {
        guard peek() == UInt8(ascii: ".") else { return 0 }
        position += 1
        var value: Int64 = 0
        var count = 0
        while let next = digit() {
            count += 1
            guard count <= 9 else { throw fault("more than 9 fraction digits") }
            value = value * 10 + next
        }
        guard count > 0 else { throw fault("expected a digit") }
        for _ in count..<9 { value *= 10 }
        return Int32(value)
    }

    /// "Z" or a numeric offset; seconds ahead of UTC. Must end the text.
    mutating func zone() throws(LightClientError) -> Int64 {
        var offset: Int64 = 0
        switch peek() {
        case UInt8(ascii: "Z"):
            position += 1
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            let sign: Int64 = peek() == UInt8(ascii: "-") ? -1 : 1
            position += 1
            let hours = try number(digits: 2, in: 0...23)
            try skip(":")
            offset = sign * (hours * 3600 + (try number(digits: 2, in: 0...59)) * 60)
        default:
            throw fault("expected \"Z\"")
        }
        guard position == digits.count else { throw fault("unexpected text after the time") }
        return offset
    }
}
