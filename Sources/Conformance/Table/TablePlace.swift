/// Where something stands in a table of expectations.
public struct TablePlace: Sendable, Equatable, CustomStringConvertible {
    /// The text's name: a file's, or one of those in the program.
    public var text: String
    /// Counted from 1.
    public var line: Int

    public var description: String { "\(text):\(line)" }
}

/// One text of a table.
public struct TableText: Sendable {
    /// What it is called where something is wrong with it.
    public var name: String
    /// UTF-8.
    public var bytes: [UInt8]

    /// A text to read.
    public init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}
