/// What stands behind `|`: which lines of an answer are shown.
enum OutputFilter: Equatable, Sendable {
    /// Lines that hold the text.
    case grep(String)
    /// The first so many.
    case head(Int)
    /// How many there are.
    case count

    /// Reads what stands behind one `|`.
    init(_ words: [CommandLine.Word], end: Int) throws(ServiceShellError) {
        let expected = "grep TEXT, head LINES or count"
        switch words.first?.text {
        case "grep" where words.count > 1:
            self = .grep(words.dropFirst().map(\.text).joined(separator: " "))
        case "head" where words.count == 2:
            guard let count = Int(words[1].text), (1...1_000).contains(count) else {
                throw .syntax(offset: words[1].offset, expected: "1 to 1000 lines")
            }
            self = .head(count)
        case "count" where words.count == 1: self = .count
        default: throw .syntax(offset: words.first?.offset ?? end, expected: expected)
        }
    }

    func apply(to lines: [String]) -> [String] {
        switch self {
        case .grep(let text): lines.filter { $0.contains(text) }
        case .head(let count): Array(lines.prefix(count))
        case .count: ["\(lines.count)"]
        }
    }
}
