import Foundation
import Glibc

/// A `platform-node` process, and the line in which it says that it is ready.
final class NodeProcess {
    private let process = Process()
    /// Up to its end; cut short where the program ended before.
    let readyLine: String

    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: ProgramUnderTest.path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        try process.run()
        var line = ""
        while !line.contains("\n") {
            let part = output.fileHandleForReading.availableData
            guard !part.isEmpty else { break }
            line += String(decoding: part, as: UTF8.self)
        }
        readyLine = line
    }

    /// No test that fails leaves a node behind.
    deinit { if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) } }

    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func terminate() -> Int32 {
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
