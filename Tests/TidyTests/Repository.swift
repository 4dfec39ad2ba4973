import Foundation

/// The repository that this test lies in: its files, read once.
struct Repository {
    let root: String
    /// Files that are tracked or could be (not ignored), sorted.
    let files: [RepositoryRule.File]
    /// Files that are tracked.
    let tracked: [String]

    static let shared = Result { try Repository() }

    /// Reads everything that git does not ignore.
    init(root: String = Repository.root) throws {
        self.root = root
        let tracked = try Self.run(["git", "-C", root, "ls-files", "-z"])
        let untracked = try Self.run(["git", "-C", root, "ls-files", "-z", "--others", "--exclude-standard"])
        self.tracked = Self.paths(tracked)
        files = (self.tracked + Self.paths(untracked)).sorted().compactMap { path in
            let full = root + "/" + path
            // A file deleted but still in the index, or a symbolic link to a folder, has no text.
            guard let data = FileManager.default.contents(atPath: full) else { return nil }
            return RepositoryRule.File(
                path: path, text: String(data: data, encoding: .utf8) ?? "",
                isExecutable: FileManager.default.isExecutableFile(atPath: full))
        }
    }

    /// What SwiftPM understands of the manifest, as JSON. A scratch folder of its own keeps clear of the running build.
    func manifestDump() throws -> String {
        let scratch = NSTemporaryDirectory() + "tidy-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        return try Self.run(["swift", "package", "--package-path", root, "--scratch-path", scratch, "dump-package"])
    }

    /// The repository's root, found from this file.
    static var root: String {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().resolvingSymlinksInPath()
        return folder.deletingLastPathComponent().deletingLastPathComponent().path
    }

    private static func paths(_ list: String) -> [String] { list.split(separator: "\0").map(String.init) }

    private struct CommandFailed: Error, CustomStringConvertible {
        let description: String
    }

    private static func run(_ words: [String]) throws -> String {
        let command = try Command(words)
        guard command.status == 0 else {
            throw CommandFailed(
                description: "\(words.joined(separator: " ")) exited \(command.status): \(command.errors)")
        }
        return command.output
    }
}
