/// What a file is, by its name, or by its first line where the name says nothing.
enum FileKind: Equatable {
    case swift, c, python, shell, other

    init(path: String, text: String) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let ending = name.contains(".") ? name.split(separator: ".").last.map(String.init) ?? "" : ""
        switch ending {
        case "swift": self = .swift
        case "c", "h": self = .c
        case "py": self = .python
        case "sh", "bash": self = .shell
        default:
            let first = text.prefix { $0 != "\n" }
            if first.hasPrefix("#!"), first.contains("python") {
                self = .python
            } else if first.hasPrefix("#!"), first.contains("sh") {
                self = .shell
            } else {
                self = .other
            }
        }
    }

    var isCode: Bool { self != .other }
}
