/// What is in the repository at all, and how.
enum RepositoryRule {
    struct File {
        let path: String
        let text: String
        let isExecutable: Bool
    }

    static func checkTracked(_ paths: [String]) -> [Violation] {
        paths.filter { $0.split(separator: "/").last == "Package.resolved" }
            .map { Violation($0, 0, "is tracked; each clone resolves its own") }
    }

    /// Every room of Sources has its row in the table of ARCHITECTURE.md.
    static func checkRows(of architecture: String, rooms: [Room]) -> [Violation] {
        let rows = SourceText.lines(of: architecture).map(\.text).filter { $0.hasPrefix("|") }
        let named = rows.compactMap { $0.split(separator: "|").first }
        return rooms.filter { room in
            room.folder.hasPrefix("Sources/") && !named.contains { $0.contains("`\(room.name)`") }
        }.map { Violation("ARCHITECTURE.md", 0, "has no row for `\($0.name)`") }
    }

    /// A script that can be started says with what; a file that says so can be started.
    static func checkScript(_ file: File) -> [Violation] {
        let hasInterpreter = file.text.hasPrefix("#!")
        let isLibrary = file.path.contains("/lib/")
        if hasInterpreter, !file.isExecutable {
            return [Violation(file.path, 1, "names an interpreter but is not executable")]
        }
        if file.isExecutable, !hasInterpreter {
            return [Violation(file.path, 1, "is executable but names no interpreter")]
        }
        guard FileKind(path: file.path, text: file.text) == .shell, !isLibrary else { return [] }
        let isStrict = SourceText.lines(of: file.text).contains { $0.text.hasPrefix("set -euo pipefail") }
        return isStrict ? [] : [Violation(file.path, 1, "a script starts with `set -euo pipefail`")]
    }
}
