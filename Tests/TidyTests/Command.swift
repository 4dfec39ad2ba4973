import Foundation

/// A command run to its end, with what it printed.
struct Command {
    let status: Int32
    let output: String
    let errors: String

    /// Runs the words as a command found on the PATH; standard output and error go to files, so neither can fill up.
    init(_ words: [String], in folder: String? = nil) throws {
        let scratch = NSTemporaryDirectory() + "tidy-command-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        func file(_ name: String) throws -> FileHandle {
            let path = scratch + "/" + name
            try Data().write(to: URL(fileURLWithPath: path))
            return try FileHandle(forUpdating: URL(fileURLWithPath: path))
        }
        let (output, errors) = (try file("output"), try file("errors"))
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        status = process.terminationStatus
        func text(_ file: FileHandle) throws -> String {
            try file.seek(toOffset: 0)
            return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        }
        self.output = try text(output)
        self.errors = try text(errors)
    }
}
