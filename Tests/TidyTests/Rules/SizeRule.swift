/// Files stay small enough to be read at one sitting.
enum SizeRule {
    static let mostLines = 500

    static func check(path: String, text: String) -> [Violation] {
        guard FileKind(path: path, text: text).isCode else { return [] }
        var lines = text.utf8.count(where: { $0 == UInt8(ascii: "\n") })
        if let last = text.utf8.last, last != UInt8(ascii: "\n") { lines += 1 }
        guard lines > mostLines else { return [] }
        return [Violation(path, lines, "\(lines) lines; a file has at most \(mostLines): split it by aspect")]
    }
}
