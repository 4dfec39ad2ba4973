import Quantities

/// The words of one line, read from left to right; each reader says what it expected.
struct ScriptWords {
    let command: String
    private var rest: ArraySlice<Substring>

    /// The longest line that is read.
    static let limit = 256

    init(_ line: String) throws(ScriptError) {
        guard line.utf8.count <= Self.limit else { throw .tooLong(bytes: line.utf8.count, limit: Self.limit) }
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" })
        guard let first = words.first else { throw .empty }
        command = String(first)
        rest = words.dropFirst()
    }

    /// Ends the line.
    func end() throws(ScriptError) {
        if let next = rest.first { throw .surplus(command: command, found: String(next)) }
    }

    mutating func word(_ expected: String) throws(ScriptError) -> String {
        guard let next = rest.popFirst() else { throw .missing(command: command, expected: expected) }
        return String(next)
    }

    /// The next word where it is one of these; any other is left for the next reader.
    mutating func optional(_ choices: [String]) -> String? {
        guard let next = rest.first, choices.contains(String(next)) else { return nil }
        rest = rest.dropFirst()
        return String(next)
    }

    /// Whether every word has been read.
    var isAtEnd: Bool { rest.isEmpty }

    /// One of a few words.
    mutating func choice<Value>(_ choices: KeyValuePairs<String, Value>) throws(ScriptError) -> Value {
        let expected = choices.map(\.key).joined(separator: ", ")
        let found = try word("one of \(expected)")
        for (name, value) in choices where name == found { return value }
        throw .wrong(command: command, expected: "one of \(expected)", found: found)
    }

    mutating func onOff() throws(ScriptError) -> Bool {
        let expected = "on or off"
        let found = try word(expected)
        switch found {
        case "on": return true
        case "off": return false
        default: throw .wrong(command: command, expected: expected, found: found)
        }
    }

    mutating func integer(_ range: ClosedRange<Int64>, _ what: String) throws(ScriptError) -> Int64 {
        try integer(range, what, of: word(expectation(range, what)))
    }

    func integer(_ range: ClosedRange<Int64>, _ what: String, of found: String) throws(ScriptError) -> Int64 {
        guard let number = Int64(found), range.contains(number) else {
            throw .wrong(command: command, expected: expectation(range, what), found: found)
        }
        return number
    }

    /// A number of kilowatt-hours with at most six places, exactly.
    func kilowattHours(_ found: String) throws(ScriptError) -> MilliwattHours {
        let expected = "kilowatt-hours from 0 to 100000 with at most 6 places"
        let parts = found.split(separator: ".", omittingEmptySubsequences: false)
        let places = parts.count == 2 ? String(parts[1]) : ""
        let digits = String(places.prefix(6)) + String(repeating: "0", count: max(0, 6 - places.count))
        guard parts.count <= 2, let whole = parts.first.flatMap({ UInt32($0) }), whole <= 100_000, places.count <= 6,
            parts.count == 1 || !places.isEmpty, let fraction = UInt32(digits)
        else { throw .wrong(command: command, expected: expected, found: found) }
        return MilliwattHours(Int64(whole) * 1_000_000 + Int64(fraction))
    }

    mutating func count() throws(ScriptError) -> ReplyFaults.Count {
        let found = try word("a count or always")
        if found == "always" { return .always }
        return .next(Int(try integer(0...1_000_000, "a count or always:", of: found)))
    }

    func wrong(_ expected: String, _ found: String) -> ScriptError {
        .wrong(command: command, expected: expected, found: found)
    }

    private func expectation(_ range: ClosedRange<Int64>, _ what: String) -> String {
        "\(what) from \(range.lowerBound) to \(range.upperBound)"
    }
}
