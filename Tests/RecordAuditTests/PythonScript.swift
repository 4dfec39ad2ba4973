import Foundation
import Testing

/// Scripts of the repository, run by a Python with the peers' packages.
enum PythonScript {
    /// That Python, where there is one.
    static let python = ProcessInfo.processInfo.environment["WATTSEAL_PEERS_PYTHON"]

    /// Runs a script on a file of these bytes.
    static func run(
        _ script: String, on bytes: [UInt8], _ arguments: [String] = []
    ) throws -> (status: Int32, output: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "wattseal-audit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "export.cborseq")
        try Data(bytes).write(to: file)
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let process = Process()
        process.executableURL = URL(filePath: try #require(python))
        process.arguments = [repository.appending(path: script).path, file.path] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }
}
