import Quantities

/// What a person typed: a command with its values, and what is done to its output.
struct CommandLine: Equatable, Sendable {
    let invocation: Invocation
    let filters: [OutputFilter]

    /// Reads a line; nil where it is empty.
    ///
    /// Words may be shortened as long as one command alone begins with them; those that change the device may not.
    ///
    /// - Throws: where the line is wrong, with the byte and what was expected there.
    static func parse(_ line: String) throws(ServiceShellError) -> CommandLine? {
        var parts = words(of: line).split(separator: Word(text: "|", offset: 0), omittingEmptySubsequences: false)
            .map(Array.init)
        let command = parts.removeFirst()
        guard !command.isEmpty else {
            guard parts.isEmpty else { throw .syntax(offset: 0, expected: "a command before |") }
            return nil
        }
        var filters: [OutputFilter] = []
        for part in parts { filters.append(try OutputFilter(part, end: line.utf8.count)) }
        let (row, count) = try row(for: command)
        let values = try values(of: row, in: command[count...], end: line.utf8.count)
        return CommandLine(invocation: Invocation(row: row, values: values), filters: filters)
    }

    /// A word and the byte at which it begins. Two are equal where their texts are.
    struct Word: Equatable {
        let text: String
        let offset: Int

        static func == (left: Self, right: Self) -> Bool { left.text == right.text }
    }

    /// Words stand between blanks; `|` is one by itself.
    static func words(of line: String) -> [Word] {
        var words: [Word] = []
        var current: [UInt8] = []
        var offset = 0
        func finish(at end: Int) {
            if !current.isEmpty {
                words.append(Word(text: String(decoding: current, as: UTF8.self), offset: end - current.count))
            }
            current = []
        }
        for byte in line.utf8 {
            switch byte {
            case .space: finish(at: offset)
            case UInt8(ascii: "|"):
                finish(at: offset)
                words.append(Word(text: "|", offset: offset))
            default: current.append(byte)
            }
            offset += 1
        }
        finish(at: offset)
        return words
    }

    /// The row whose words these begin with, and how many words of the line are its name.
    private static func row(for words: [Word]) throws(ServiceShellError) -> (CommandRow, Int) {
        let exact = CommandTable.rows.filter { row in
            row.words.count <= words.count && zip(row.words, words).allSatisfy { $0 == $1.text }
        }
        if let row = exact.max(by: { $0.words.count < $1.words.count }) {
            // `limit sett` is no `limit` with an argument: what takes none says so at the word.
            return (row, row.words.count)
        }
        let short = CommandTable.rows.filter { row in
            !row.isChange && row.words.count <= words.count
                && zip(row.words, words).allSatisfy { $0.hasPrefix($1.text) }
        }
        guard let most = short.map(\.words.count).max() else { throw .unknownCommand(words[0].text) }
        let longest = short.filter { $0.words.count == most }
        guard longest.count == 1 else {
            throw .ambiguous(words[0].text, among: longest.map(\.name))
        }
        return (longest[0], most)
    }

    private static func values(
        of row: CommandRow, in words: ArraySlice<Word>, end: Int
    ) throws(ServiceShellError) -> [String: ArgumentValue] {
        var values: [String: ArgumentValue] = [:]
        var rest = words
        for argument in row.arguments {
            guard let word = rest.popFirst() else {
                guard argument.isOptional else { throw .syntax(offset: end, expected: argument.expectation) }
                break
            }
            var text = word.text
            if case .words = argument.kind {
                text = ([word] + rest).map(\.text).joined(separator: " ")
                rest = []
            }
            guard let value = argument.value(typed: text) else {
                throw .syntax(offset: word.offset, expected: argument.expectation)
            }
            values[argument.name] = value
        }
        if let word = rest.first {
            throw .syntax(offset: word.offset, expected: "the end of the line: \(row.usage)")
        }
        return values
    }
}
