/// A table of a `TomlDocument`, read by asking for keys.
///
/// Each accessor answers the value, or `nil`; a wrong type, a value out of its range, and a missing required key are noted as
/// mistakes in the document.
public struct TomlTable {
    public let document: TomlDocument
    public let path: TomlPath
    let entries: [String: TomlValue]

    init(document: TomlDocument, path: TomlPath, entries: [String: TomlValue]) {
        self.document = document
        self.path = path
        self.entries = entries
        document.noteOpened(path)
    }

    /// The keys that stand in the table, sorted.
    public var keys: [String] { entries.keys.sorted() }

    /// Whether the key is there; asking counts as knowing it.
    public func has(_ key: String) -> Bool {
        document.noteAsked(key, of: path)
        return entries[key] != nil
    }

    /// Whether a string stands at the key, where a table or a word is allowed; asking counts as knowing the key.
    public func holdsString(_ key: String) -> Bool {
        guard has(key), case .string = entries[key] else { return false }
        return true
    }

    /// Whether an array stands at the key, where a table or an array of tables is allowed; asking counts as knowing the
    /// key.
    public func holdsArray(_ key: String) -> Bool {
        guard has(key), case .array = entries[key] else { return false }
        return true
    }

    /// Notes a mistake at one of this table's keys.
    public func report(_ key: String, expected: String, found: String) {
        document.report(at: path.appending(key), expected: expected, found: found)
    }

    /// Reports a mistake at one element of a key's array.
    public func report(_ key: String, at index: Int, expected: String, found: String) {
        document.report(at: path.appending(key).appending(index: index), expected: expected, found: found)
    }

    /// What stands at the key, in words for a message: `the integer 7`, `nothing`.
    public func words(_ key: String) -> String { entries[key]?.words ?? "nothing" }

    /// Lets any key stand in this table: its keys are names of the user's own, or the reader gave up on it.
    public func allowAnyKey() { document.noteOwnNames(path) }

    // MARK: scalars

    /// A string whose UTF-8 length lies in a range.
    public func string(
        _ key: String, length: ClosedRange<Int> = 1...255, required: Bool = true
    ) -> String? {
        let expected = "a string of \(length.lowerBound) to \(length.upperBound) bytes"
        guard let value = value(key, required, expected) else { return nil }
        guard case .string(let text) = value, length.contains(text.utf8.count) else {
            report(key, expected: expected, found: value.words)
            return nil
        }
        return text
    }

    /// One of the names of an enumeration.
    public func choice<Choice>(_ key: String, of: Choice.Type, required: Bool = true) -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        let expected = "one of " + Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        guard let value = value(key, required, expected) else { return nil }
        guard case .string(let text) = value, let choice = Choice(rawValue: text) else {
            report(key, expected: expected, found: value.words)
            return nil
        }
        return choice
    }

    /// An integer in a range.
    public func integer(_ key: String, in range: ClosedRange<Int64>, required: Bool = true) -> Int64? {
        let expected = "an integer from \(range.lowerBound) to \(range.upperBound)"
        guard let value = value(key, required, expected) else { return nil }
        guard case .integer(let number) = value, range.contains(number) else {
            report(key, expected: expected, found: value.words)
            return nil
        }
        return number
    }

    /// One of a few integers.
    public func integer(_ key: String, oneOf choices: [Int64], required: Bool = true) -> Int64? {
        let expected = "one of " + choices.map(String.init).joined(separator: ", ")
        guard let value = value(key, required, expected) else { return nil }
        guard case .integer(let number) = value, choices.contains(number) else {
            report(key, expected: expected, found: value.words)
            return nil
        }
        return number
    }

    /// A finite number in a range, written as an integer or with a point. Not for money or energy.
    public func number(_ key: String, in range: ClosedRange<Double>, required: Bool = true) -> Double? {
        let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
        guard let value = value(key, required, expected) else { return nil }
        guard let number = Self.number(value), range.contains(number) else {
            report(key, expected: expected, found: value.words)
            return nil
        }
        return number
    }

    /// `true` or `false`.
    public func boolean(_ key: String, required: Bool = true) -> Bool? {
        guard let value = value(key, required, "true or false") else { return nil }
        guard case .boolean(let flag) = value else {
            report(key, expected: "true or false", found: value.words)
            return nil
        }
        return flag
    }

    // MARK: arrays of scalars

    /// An array of strings; each wrong element is a mistake of its own.
    public func strings(_ key: String, count: ClosedRange<Int> = 0...64, required: Bool = true) -> [String]? {
        elements(key, count, required, "strings") { value in
            guard case .string(let text) = value, !text.isEmpty else { return nil }
            return text
        }
    }

    /// An array of integers in a range; each wrong element is a mistake of its own.
    public func integers(
        _ key: String, in range: ClosedRange<Int64>, count: ClosedRange<Int> = 0...64, required: Bool = true
    ) -> [Int64]? {
        let expected = "integers from \(range.lowerBound) to \(range.upperBound)"
        return elements(key, count, required, expected) { value in
            guard case .integer(let number) = value, range.contains(number) else { return nil }
            return number
        }
    }

    /// An array of finite numbers; each wrong element is a mistake of its own. Not for money or energy.
    public func numbers(_ key: String, count: ClosedRange<Int> = 0...64, required: Bool = true) -> [Double]? {
        elements(key, count, required, "numbers") { Self.number($0) }
    }

    // MARK: tables

    /// A table.
    public func table(_ key: String, required: Bool = true) -> TomlTable? {
        guard let value = value(key, required, "a table") else { return nil }
        guard case .table(let entries) = value else {
            report(key, expected: "a table", found: value.words)
            return nil
        }
        return TomlTable(document: document, path: path.appending(key), entries: entries)
    }

    /// An array of tables, `[[key]]`.
    public func tables(_ key: String, count: ClosedRange<Int> = 0...256, required: Bool = true) -> [TomlTable]? {
        var tables: [TomlTable] = []
        let expected = "an array of \(count.lowerBound) to \(count.upperBound) tables"
        guard let value = value(key, required, expected) else { return nil }
        guard case .array(let elements) = value, count.contains(elements.count) else {
            report(key, expected: expected, found: value.words)
            return nil
        }
        for (index, element) in elements.enumerated() {
            let at = path.appending(key).appending(index: index)
            guard case .table(let entries) = element else {
                document.report(at: at, expected: "a table", found: element.words)
                continue
            }
            tables.append(TomlTable(document: document, path: at, entries: entries))
        }
        return tables.count == elements.count ? tables : nil
    }

    // MARK: inside

    private func value(_ key: String, _ required: Bool, _ expected: String) -> TomlValue? {
        document.noteAsked(key, of: path)
        guard let value = entries[key] else {
            if required { document.reportMissing(key, in: path, expected: expected) }
            return nil
        }
        return value
    }

    private static func number(_ value: TomlValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .float(let number) where number.isFinite: number
        default: nil
        }
    }

    private func elements<Element>(
        _ key: String, _ count: ClosedRange<Int>, _ required: Bool, _ kind: String, _ read: (TomlValue) -> Element?
    ) -> [Element]? {
        let expected = "an array of \(count.lowerBound) to \(count.upperBound) \(kind)"
        guard let value = value(key, required, expected) else { return nil }
        guard case .array(let values) = value, count.contains(values.count) else {
            report(key, expected: expected, found: value.words)
            return nil
        }
        var elements: [Element] = []
        for (index, value) in values.enumerated() {
            if let element = read(value) {
                elements.append(element)
            } else {
                document.report(
                    at: path.appending(key).appending(index: index), expected: "one of the \(kind)", found: value.words)
            }
        }
        return elements.count == values.count ? elements : nil
    }
}
