/// Why a table of expectations cannot be read. Each case reads as one line.
public enum TableError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The first word of a line is none of the table's.
    case unknownWord(at: TablePlace, found: String)
    /// A line of a case or a situation stands outside one.
    case outside(at: TablePlace, word: String)
    /// Something else was expected here.
    case wrong(at: TablePlace, expected: String, found: String)
    /// Two situations or levels with one name.
    case twice(at: TablePlace, name: String)
    /// A situation or a level that the table does not hold.
    case missing(at: TablePlace, name: String)
    /// The bytes are no UTF-8.
    case notText(String)

    public var description: String {
        switch self {
        case .unknownWord(let place, let found): "\(place): unknown word \"\(found)\""
        case .outside(let place, let word): "\(place): \"\(word)\" belongs into a case or a situation"
        case .wrong(let place, let expected, let found): "\(place): expected \(expected), found \"\(found)\""
        case .twice(let place, let name): "\(place): \"\(name)\" is there already"
        case .missing(let place, let name): "\(place): there is no \"\(name)\""
        case .notText(let name): "\(name): not UTF-8 text"
        }
    }
}
