import ChargeControl

/// Reads a table of expectations, line by line.
struct TableReader {
    private var table = ConformanceTable()
    private var section = ""
    private var openCase: ConformanceCase?
    private var openSituation: Situation?
    private var place = TablePlace(text: "", line: 0)

    /// Reads texts one after another as one table.
    static func read(_ texts: [TableText]) throws(TableError) -> ConformanceTable {
        var reader = TableReader()
        for text in texts {
            guard let words = String(validating: text.bytes, as: UTF8.self) else { throw .notText(text.name) }
            reader.place = TablePlace(text: text.name, line: 0)
            for row in words.split(separator: "\n", omittingEmptySubsequences: false) { try reader.read(row) }
            try reader.close()
        }
        try reader.check()
        return reader.table
    }

    private mutating func read(_ row: Substring) throws(TableError) {
        place.line += 1
        let text = row.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        // `-- NOTE` at the end of an event.
        let (order, note) = Self.halves(of: String(text), at: " -- ") ?? (String(text), "")
        var words = LineWords(order[...], place: place)
        if words.isEmpty { return }
        let first = try words.word("a word")
        switch first {
        case "section":
            try close()
            section = words.rest()
        case "level": try readLevel(&words)
        case "situation": try readSituation(words.rest())
        case "case": try readCase(words.rest())
        case "transition": try readTransition(words.rest())
        default: try readStep(first, &words, note: note)
        }
    }

    private mutating func readLevel(_ words: inout LineWords) throws(TableError) {
        let name = try words.word("a level")
        guard table.levels[name] == nil else { throw .twice(at: place, name: name) }
        table.levels[name] = try words.action()
        try words.end()
    }

    /// `situation NAME on INSTALLATION` or `situation NAME after NAME`.
    private mutating func readSituation(_ text: String) throws(TableError) {
        try close()
        let expected = "NAME on INSTALLATION, or NAME after NAME"
        if let (name, installation) = Self.halves(of: text, at: " on ") {
            guard let installation = Installation(rawValue: installation) else {
                throw .missing(at: place, name: installation)
            }
            openSituation = Situation(name: name, installation: installation, place: place)
        } else if let (name, parent) = Self.halves(of: text, at: " after ") {
            openSituation = Situation(name: name, parent: parent, place: place)
        } else {
            throw .wrong(at: place, expected: expected, found: text)
        }
    }

    /// `case SEQUENCE | FROM | TO | CAUSE | SITUATION`.
    private mutating func readCase(_ text: String) throws(TableError) {
        try close()
        let cells = Self.cells(of: text)
        guard cells.count == 5 else {
            throw .wrong(at: place, expected: "sequence | from | to | cause | situation", found: text)
        }
        openCase = ConformanceCase(
            section: section, sequence: cells[0], from: cells[1], to: cells[2], cause: cells[3], situation: cells[4],
            place: place)
    }

    /// `transition SEQUENCE | SITUATION | LEVEL | contactor | contacts | pilot | faults | lock`, each of the last five a
    /// list of what is expected there, or `-`.
    private mutating func readTransition(_ text: String) throws(TableError) {
        try close()
        let cells = Self.cells(of: text)
        guard cells.count == 8, let level = table.levels[cells[2]] else {
            throw .wrong(
                at: place, expected: "sequence | situation | level | contactor | contacts | pilot | faults | lock",
                found: text)
        }
        var transition = ConformanceCase(
            section: section, sequence: cells[0], from: cells[1], to: cells[2], cause: "the pilot's level changes",
            situation: cells[1], place: place)
        transition.steps = [.event(level, note: ""), .watch(2_000)]
        let prefixes = ["contactor", "contacts", "pilot", "fault", "lock"]
        for (prefix, cell) in zip(prefixes, cells[3...]) where cell != "-" {
            for part in cell.split(separator: ",") {
                var words = LineWords(Self.sentence(part, prefix: prefix), place: place)
                transition.steps.append(.expect(try expectation(&words)))
            }
        }
        table.cases.append(transition)
    }

    /// A cell's words as an expectation's: `none` is no fault at all, `no 102 by 5` a fault that goes.
    private static func sentence(_ cell: Substring, prefix: String) -> Substring {
        let text = cell.trimmingSpaces()
        guard prefix == "fault" else { return "\(prefix) \(text)" }
        if text == "none" { return "no fault" }
        return text.hasPrefix("no ") ? "no fault \(text.dropFirst(3))" : "fault \(text)"
    }

    private mutating func readStep(_ first: String, _ words: inout LineWords, note: String) throws(TableError) {
        let step: Step
        switch first {
        case "do": step = .act(try words.action())
        case "event": step = .event(try words.action(), note: String(note[...].trimmingSpaces()))
        case "at": step = .later(try words.number("milliseconds"), try words.action())
        case "stall":
            let length = try words.number("milliseconds")
            step = .stall(length: length, start: words.take("at") ? try words.number("milliseconds") : 0)
        case "watch": step = .watch(try words.number("milliseconds"))
        case "wait": step = .wait(try words.number("milliseconds"))
        case "until":
            let limit = try words.number("milliseconds")
            step = .until(try words.observable(), within: limit)
        case "expect": step = .expect(try expectation(&words))
        default: throw .unknownWord(at: place, found: first)
        }
        try words.end()
        if openCase != nil {
            openCase?.steps.append(step)
        } else if openSituation != nil {
            openSituation?.steps.append(step)
        } else {
            throw .outside(at: place, word: first)
        }
    }

    private func expectation(_ words: inout LineWords) throws(TableError) -> Expectation {
        let observable = try words.observable()
        let condition = try words.condition()
        try words.end()
        return Expectation(observable: observable, condition: condition, place: place)
    }

    private mutating func close() throws(TableError) {
        if let openCase { table.cases.append(openCase) }
        if let openSituation {
            guard table.situations[openSituation.name] == nil else {
                throw .twice(at: openSituation.place, name: openSituation.name)
            }
            table.situations[openSituation.name] = openSituation
        }
        openCase = nil
        openSituation = nil
    }

    private func check() throws(TableError) {
        for entry in table.cases where table.situations[entry.situation] == nil {
            throw .missing(at: entry.place, name: entry.situation)
        }
        for situation in table.situations.values {
            // A parent that is its own ancestor would never be reached.
            var seen: Set<String> = []
            var next = situation
            while let parent = next.parent {
                guard let found = table.situations[parent], seen.insert(parent).inserted else {
                    throw .missing(at: next.place, name: parent)
                }
                next = found
            }
        }
    }

    private static func cells(of text: String) -> [String] {
        text.split(separator: "|", omittingEmptySubsequences: false).map { String($0.trimmingSpaces()) }
    }

    private static func halves(of text: String, at separator: String) -> (String, String)? {
        guard let range = text.firstRange(of: separator) else { return nil }
        return (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        var rest = self
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}
