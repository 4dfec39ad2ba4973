import Foundation
import Testing

@testable import LedgerNode

/// A `platform-node abci` process, with what it printed when it was ready.
final class ABCIProcess {
    let address: ABCIAddress
    /// `chain=… height=… app_hash=…`
    let standing: String
    private let node: NodeProcess

    init(home: String, arguments: [String] = [], environment: [String: String] = [:]) throws {
        node = try NodeProcess(
            ["abci", "--listen", "tcp://127.0.0.1:0", "--home", home] + arguments, environment: environment)
        let match = try #require(
            try #/ready abci=(\S+) (chain=\S+ height=\d+ app_hash=\S+)\n/#.wholeMatch(in: node.readyLine),
            "\(node.readyLine)")
        address = try ABCIAddress(String(match.1))
        standing = String(match.2)
    }

    func kill() { node.kill() }

    func terminate() -> Int32 { node.terminate() }

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
