/// A place in a text file: line and column, both from 1; a column counts Unicode scalars.
public struct TextPosition: Comparable, Hashable, Sendable {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The first character of a file: where something is missing that belongs to the whole file.
    public static let start = TextPosition(line: 1, column: 1)

    public static func < (left: Self, right: Self) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
