/// One breach of the house rules: where it is and what it is.
struct Violation: Equatable, CustomStringConvertible {
    /// The path inside the repository.
    let path: String
    /// The line, counted from 1; 0 where the whole file (or a folder) is meant.
    let line: Int
    /// What is wrong, and what would be right.
    let message: String

    init(_ path: String, _ line: Int, _ message: String) {
        self.path = path
        self.line = line
        self.message = message
    }

    var description: String { line > 0 ? "\(path):\(line): \(message)" : "\(path): \(message)" }
}
