import Foundation
import Glibc
import Testing

@testable import LedgerNode

/// A `platform-node abci` process, with what it printed when it was ready.
final class ABCIProcess {
    private let process = Process()
    let address: ABCIAddress
    /// `chain=… height=… app_hash=…`
    let standing: String

    init(home: String, arguments: [String] = [], environment: [String: String] = [:]) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: ProgramUnderTest.path)
        process.arguments = ["abci", "--listen", "tcp://127.0.0.1:0", "--home", home] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        try process.run()
        var line = ""
        while !line.contains("\n") {
            let part = output.fileHandleForReading.availableData
            guard !part.isEmpty else { break }
            line += String(decoding: part, as: UTF8.self)
        }
        let match = try #require(
            try #/ready abci=(\S+) (chain=\S+ height=\d+ app_hash=\S+)\n/#.wholeMatch(in: line), "\(line)")
        address = try ABCIAddress(String(match.1))
        standing = String(match.2)
    }

    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func terminate() -> Int32 {
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// What the program says on standard error where it does not start.
    static func fail(_ arguments: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: ProgramUnderTest.path)
        process.arguments = ["abci", "--listen", "tcp://127.0.0.1:0"] + arguments
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }
}
