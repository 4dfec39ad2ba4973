import Foundation

/// Runs other people's tools: those of Debian that set a TPM or a token up, and that check what we did.
enum ToolRun {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func path(_ name: String) -> String? {
        ["/usr/bin", "/usr/sbin", "/bin", "/usr/local/bin"].map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs a tool to its end and answers what it printed; its failure is an error with what it said.
    @discardableResult
    static func run(_ tool: String, _ arguments: [String], environment: [String: String] = [:]) throws -> String {
        let process = Process()
        guard let path = path(tool) else { throw Failure(description: "\(tool) is not installed") }
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let words = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(tool) \(arguments.joined(separator: " ")): \(words)")
        }
        return words
    }
}
