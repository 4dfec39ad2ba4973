extension TomlDocument {
    /// What the file says, without how it says it: a line `path = value` for each value, sorted; comments, order and layout
    /// leave no trace. Texts are in quotes, with `\\` and `\"` escaped.
    public var contentLines: [String] {
        var lines: [String] = []
        content.addLines(to: &lines, at: .root)
        return lines.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }
}

extension TomlValue {
    fileprivate func addLines(to lines: inout [String], at path: TomlPath) {
        switch self {
        case .table(let entries): for (key, value) in entries { value.addLines(to: &lines, at: path.appending(key)) }
        case .array(let elements):
            for (index, value) in elements.enumerated() { value.addLines(to: &lines, at: path.appending(index: index)) }
        case .string(let text):
            let escaped = text.flatMap { $0 == "\\" || $0 == "\"" ? "\\\($0)" : String($0) }
            lines.append("\(path) = \"\(String(escaped))\"")
        case .integer(let number): lines.append("\(path) = \(number)")
        case .float(let number): lines.append("\(path) = \(number)")
        case .boolean(let flag): lines.append("\(path) = \(flag)")
        case .moment: lines.append("\(path) = moment")
        }
    }
}
