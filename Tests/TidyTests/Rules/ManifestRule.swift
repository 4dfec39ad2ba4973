import Foundation

/// Package.swift, the folders and the arrows say the same.
///
/// It reads what `swift package dump-package` prints, so that the manifest may be written in any way.
enum ManifestRule {
    struct Target: Decodable {
        let name: String
        let type: String
        let path: String?
        let dependencies: [Dependency]

        /// The folder; SwiftPM's own default where the manifest names none.
        var folder: String { path ?? (type == "test" ? "Tests/\(name)" : "Sources/\(name)") }
    }

    /// `{"byName": ["X", null]}`, `{"target": ["X", null]}` or `{"product": ["X", "package", null, null]}`.
    struct Dependency: Decodable {
        let name: String

        init(from decoder: any Decoder) throws {
            let forms = try decoder.singleValueContainer().decode([String: [Part]].self)
            guard case .some(.text(let name)) = forms.values.first?.first else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "a dependency without a name"))
            }
            self.name = name
        }

        private enum Part: Decodable {
            case text(String), other

            init(from decoder: any Decoder) throws {
                let value = try decoder.singleValueContainer()
                self = (try? value.decode(String.self)).map { .text($0) } ?? .other
            }
        }
    }

    private struct Dump: Decodable {
        let targets: [Target]
    }

    static func targets(inDump json: String) throws -> [Target] {
        try JSONDecoder().decode(Dump.self, from: Data(json.utf8)).targets
    }

    /// - Parameters:
    ///   - dump: What `swift package dump-package` printed.
    ///   - files: Every file of the repository.
    static func check(dump json: String, files: [String], rooms: [Room] = Arrows.rooms) -> [Violation] {
        let manifest = "Package.swift"
        let targets: [Target]
        do {
            targets = try self.targets(inDump: json)
        } catch {
            return [Violation(manifest, 0, "its dump cannot be read: \(error)")]
        }
        var found: [Violation] = []
        for target in targets {
            let folder = target.folder
            if !files.contains(where: { $0.hasPrefix(folder + "/") }) {
                found.append(Violation(manifest, 0, "target \(target.name) has no files in \(folder)"))
            }
            if target.type != "test" { found += arrows(of: target, manifest: manifest, rooms: rooms) }
        }
        return found + strays(files: files, folders: targets.map(\.folder), manifest: manifest)
    }

    private static func arrows(of target: Target, manifest: String, rooms: [Room]) -> [Violation] {
        guard let room = Arrows.room(named: target.name, in: rooms) else {
            return [
                Violation(
                    manifest, 0, "target \(target.name) is no room: give it a row in ARCHITECTURE.md and Arrows.swift")
            ]
        }
        var found: [Violation] = []
        if target.folder != room.folder {
            found.append(Violation(manifest, 0, "\(target.name) lies in \(target.folder), not in \(room.folder)"))
        }
        let allowed = Arrows.reachable(from: room, in: rooms).union(room.libraries)
        found += target.dependencies.filter { !allowed.contains($0.name) }
            .map { Violation(manifest, 0, "\(target.name) depends on \($0.name), against the arrows") }
        return found
    }

    /// Folders under Sources and Tests that no target builds, and folders of Tools with Swift that none does.
    ///
    /// `Tests/Vectors` and other data hold no Swift; `Tools/Benchmarks` is a package of its own.
    private static func strays(files: [String], folders: [String], manifest: String) -> [Violation] {
        let lost = files.filter { path in
            let built =
                path.hasPrefix("Sources/")
                || (path.hasPrefix("Tests/") && path.hasSuffix(".swift"))
                || (path.hasPrefix("Tools/") && path.hasSuffix(".swift") && !path.hasPrefix("Tools/Benchmarks/"))
            return built && !folders.contains { path.hasPrefix($0 + "/") }
        }
        let places = Set(lost.map { $0.split(separator: "/").prefix(2).joined(separator: "/") })
        return places.sorted().map { Violation($0, 0, "is built by no target of \(manifest)") }
    }
}
