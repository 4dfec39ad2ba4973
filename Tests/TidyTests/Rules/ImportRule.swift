import Foundation

/// Imports follow the arrows.
enum ImportRule {
    /// Modules that are no rooms and no packages, and harmless everywhere.
    static let harmless: Set<String> = ["Swift", "_Concurrency"]

    static func check(path: String, text: String, rooms: [Room] = Arrows.rooms) -> [Violation] {
        guard FileKind(path: path, text: text) == .swift, let room = room(holding: path, in: rooms) else { return [] }
        let allowed = Arrows.reachable(from: room, in: rooms).union(room.libraries).union(room.system).union(harmless)
        return imports(in: text).compactMap { line, module in
            if allowed.contains(module) || module == room.name { return nil }
            if module == "Foundation" {
                return Violation(path, line, "import of full Foundation; only FoundationEssentials ships")
            }
            let arrows = allowed.subtracting(harmless).sorted().joined(separator: " ")
            return Violation(path, line, "\(room.name) may not import \(module), only: \(arrows)")
        }
    }

    /// The room in whose folder the file lies; the deepest folder wins.
    static func room(holding path: String, in rooms: [Room]) -> Room? {
        rooms.filter { path.hasPrefix($0.folder + "/") }.max { $0.folder.count < $1.folder.count }
    }

    /// Each import of a Swift text: line and top-level module.
    static func imports(in text: String) -> [(line: Int, module: String)] {
        let pattern =
            #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?([A-Za-z_]\w*)(?:\.\w+)*\s*$/#
        let candidates = SourceText.lines(of: SourceText.code(of: text)).filter { $0.text.contains("import") }
        return candidates.flatMap { number, line in
            line.split(separator: ";").compactMap { statement in
                statement.firstMatch(of: pattern).map { (number, String($0.1)) }
            }
        }
    }
}
