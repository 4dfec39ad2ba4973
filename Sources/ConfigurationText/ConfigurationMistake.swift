/// One thing that is wrong in a configuration file or a profile, and where.
///
/// Its description is one line, `file:line:column: key: expected …, found …`, in the shape that editors jump to.
public struct ConfigurationMistake: Equatable, Sendable, CustomStringConvertible {
    /// The file as it was named to us.
    public let file: String
    public let position: TextPosition
    /// The dotted path of the key, such as `block[1].field.import.off`; empty where the whole file is meant.
    public let key: String
    /// What would have been right, in words.
    public let expected: String
    /// What came instead, in words.
    public let found: String

    public init(file: String, position: TextPosition, key: String, expected: String, found: String) {
        self.file = file
        self.position = position
        self.key = key
        self.expected = expected
        self.found = found
    }

    public var description: String {
        let place = "\(file):\(position.line):\(position.column): "
        let subject = key.isEmpty ? "" : "\(key): "
        return place + subject + "expected \(expected), found \(found)"
    }
}
