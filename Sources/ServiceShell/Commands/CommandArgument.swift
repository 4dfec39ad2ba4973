import SignedRecords

/// What a command takes: its name, its kind with unit and range, and whether it may be left out.
struct CommandArgument: Sendable {
    /// What a value may be.
    enum Kind: Sendable {
        /// A word of so many bytes at most.
        case word(longest: Int)
        /// All words to the line's end.
        case words(longest: Int)
        case choice([String])
        case integer(ClosedRange<Int64>, unit: String)
        /// People write units with up to three digits behind the point, programs thousandths as an integer; the range is in
        /// thousandths. The suffix names them in a program's argument: `current_ma`.
        case thousandths(ClosedRange<Int64>, unit: String, suffix: String)
        /// Bytes in hexadecimal.
        case hexadecimal(bytes: ClosedRange<Int>)
        /// People write UTC as `2026-11-29T18:40:00Z`, programs milliseconds since 1970.
        case instant
    }

    let name: String
    let kind: Kind
    var isOptional = false

    /// The connector's number; where it is left out, the only one, or all of them.
    static let connector = CommandArgument(name: "connector", kind: .integer(1...8, unit: ""), isOptional: true)

    /// What a program calls it.
    var machineName: String {
        switch kind {
        case .thousandths(_, _, let suffix): name + suffix
        case .instant: name + "_ms"
        default: name
        }
    }

    /// How `help` shows it: `CURRENT`, `[CONNECTOR]`.
    var placeholder: String { isOptional ? "[\(name.uppercased())]" : name.uppercased() }

    /// What is expected, in words.
    var expectation: String {
        switch kind {
        case .word(let longest): "\(name), a word of at most \(longest) bytes"
        case .words(let longest): "\(name), at most \(longest) bytes"
        case .choice(let choices): "\(name), one of \(choices.joined(separator: ", "))"
        case .integer(let range, let unit):
            "\(name), \(range.lowerBound) to \(range.upperBound)" + (unit.isEmpty ? "" : " \(unit)")
        case .thousandths(let range, let unit, _):
            "\(name), \(DecimalText.fixed(range.lowerBound, digits: 3)) to "
                + "\(DecimalText.fixed(range.upperBound, digits: 3)) \(unit)"
        case .hexadecimal(let bytes): "\(name), \(bytes.lowerBound * 2) to \(bytes.upperBound * 2) hexadecimal digits"
        case .instant: "\(name), such as 2026-11-29T18:40:00Z"
        }
    }

    /// The same for a program, with its name and unit.
    var machineExpectation: String {
        if case .thousandths(let range, _, _) = kind {
            return "\(machineName), \(range.lowerBound) to \(range.upperBound)"
        }
        if case .instant = kind { return "\(machineName), milliseconds since 1970" }
        return expectation
    }

    /// The value that a person typed, or nil.
    func value(typed text: String) -> ArgumentValue? {
        switch kind {
        case .integer(let range, _):
            return Self.digits(text).flatMap { range.contains($0) ? .integer($0) : nil }
        case .thousandths(let range, _, _):
            let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let whole = Self.digits(parts[0]), whole <= range.upperBound else { return nil }
            var fraction: Int64 = 0
            if parts.count == 2 {
                guard (1...3).contains(parts[1].utf8.count),
                    let digits = Self.digits(parts[1] + String(repeating: "0", count: 3 - parts[1].utf8.count))
                else { return nil }
                fraction = digits
            }
            let value = whole * 1_000 + fraction
            return range.contains(value) ? .integer(value) : nil
        case .instant: return DecimalText.unixMilliseconds(rfc3339: text).map { .integer($0) }
        case .word, .words, .choice, .hexadecimal: return word(text)
        }
    }

    /// The value that a program sent, or nil.
    func value(of json: JSONText) -> ArgumentValue? {
        switch (kind, json) {
        case (.integer(let range, _), .integer(let value)), (.thousandths(let range, _, _), .integer(let value)):
            range.contains(value) ? .integer(value) : nil
        case (.instant, .integer(let value)): DecimalText.instants.contains(value) ? .integer(value) : nil
        case (.word, .text(let text)), (.words, .text(let text)), (.choice, .text(let text)),
            (.hexadecimal, .text(let text)):
            word(text)
        default: nil
        }
    }

    private func word(_ text: String) -> ArgumentValue? {
        switch kind {
        case .word(let longest), .words(let longest): (1...longest).contains(text.utf8.count) ? .text(text) : nil
        case .choice(let choices): choices.contains(text) ? .text(text) : nil
        case .hexadecimal(let bytes):
            Hexadecimal.decode(text).flatMap { bytes.contains($0.count) ? .text(Hexadecimal.encode($0)) : nil }
        case .integer, .thousandths, .instant: nil
        }
    }

    /// 1 to 9 digits and nothing else.
    private static func digits(_ text: String) -> Int64? {
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }
}

/// A value that fits its argument.
enum ArgumentValue: Equatable, Sendable {
    case text(String)
    case integer(Int64)
}
