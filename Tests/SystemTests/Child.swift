import Foundation
import Testing

/// A process of a test: its output goes to files, and it never outlives the test.
final class Child {
    let process = Process()
    let log: URL
    let output: URL
    private let name: String

    init(_ program: String, _ arguments: [String], name: String, in folder: URL) throws {
        self.name = name
        log = folder.appendingPathComponent("\(name).log")
        output = folder.appendingPathComponent("\(name).out")
        for file in [log, output] where !FileManager.default.fileExists(atPath: file.path) {
            try Data().write(to: file)
        }
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardError = try Self.appending(log)
        process.standardOutput = try Self.appending(output)
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    private static func appending(_ file: URL) throws -> FileHandle {
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        return handle
    }

    /// Waits for the line `ready name=value …` and answers its fields.
    func ready(within seconds: Double = 60) async throws -> [String: String] {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            let text = try String(contentsOf: output, encoding: .utf8)
            if let line = text.split(separator: "\n").first(where: { $0.hasPrefix("ready ") }) {
                return Dictionary(
                    line.split(separator: " ").dropFirst().map {
                        let parts = $0.split(separator: "=", maxSplits: 1)
                        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
                    }, uniquingKeysWith: { first, _ in first })
            }
            try #require(process.isRunning, "\(name) ended early: \(words)")
            try await Task.sleep(for: .milliseconds(20))
        }
        throw RigError.late("\(name) is not ready after \(seconds) s: \(words)")
    }

    /// The end of what it said on standard error.
    var words: String {
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(5).joined(separator: "\n")
    }

    /// Whether it has ended by itself, or was ended.
    var hasEnded: Bool { !process.isRunning }

    /// SIGKILL, and waits until it is gone.
    func killNow() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// SIGTERM, and waits for its exit code.
    @discardableResult
    func stop() -> Int32 {
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

/// What a rig waits for in vain.
enum RigError: Error, CustomStringConvertible {
    case late(String)
    case failed(String)

    var description: String {
        switch self {
        case .late(let what), .failed(let what): what
        }
    }
}
