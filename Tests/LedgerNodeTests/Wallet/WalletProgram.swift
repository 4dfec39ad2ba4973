import ChargerSamples
import Crypto
import Foundation
import Glibc
import LedgerNode
import SignedRecords
import Testing

/// `platform-node wallet` as a process, beside a node that is one.
struct WalletProgram {
    let folder: String
    let rpc: String
    private let node: NodeProcess

    init(folder: String, arguments: [String] = []) throws {
        self.folder = folder
        node = try NodeProcess(
            ["standalone", "--home", folder + "/node", "--rpc", "127.0.0.1:0", "--block-interval", "1"] + arguments)
        let match = try #require(
            try #/ready rpc=(\S+) chain=wattseal-standalone .*\n/#.wholeMatch(in: node.readyLine), "\(node.readyLine)")
        rpc = String(match.1)
    }

    func stop() { #expect(node.terminate() == 0) }

    /// A key file for a sample key.
    static func keyFile(_ key: Curve25519.Signing.PrivateKey, _ name: String, in folder: String) throws -> String {
        let path = "\(folder)/\(name).key"
        try SecretFile.create(path, Array((Hexadecimal.encode(Array(key.rawRepresentation)) + "\n").utf8))
        return path
    }

    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    func process(_ arguments: [String], asking: Bool = true) -> (Process, output: Pipe, errors: Pipe) {
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: ProgramUnderTest.path)
        process.arguments = ["wallet"] + arguments + (asking ? ["--rpc", rpc] : [])
        process.standardOutput = output
        process.standardError = errors
        return (process, output, errors)
    }

    func run(_ arguments: [String], asking: Bool = true) throws -> Outcome {
        let (process, output, errors) = process(arguments, asking: asking)
        try process.run()
        // Both are far smaller than a pipe's room but for the output, which is read first.
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let words = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: words, as: UTF8.self))
    }

    /// The JSON objects that a command prints: it must succeed and print nothing else.
    func lines(_ arguments: [String]) throws -> [[String: Any]] {
        let outcome = try run(arguments + ["--json"])
        try #require(outcome.status == 0, "\(arguments): \(outcome.errors)")
        #expect(outcome.errors.isEmpty)
        return try outcome.output.split(separator: "\n").map { line in
            try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(arguments): \(line)")
        }
    }

    /// The one object that a command prints; it prints lines for people, too.
    func object(_ arguments: [String]) throws -> [String: Any] {
        let lines = try lines(arguments)
        #expect(lines.count == 1, "\(arguments)")
        return try #require(lines.first)
    }

    func text(_ name: String, _ arguments: [String]) throws -> String {
        try #require(try object(arguments)[name] as? String, "\(arguments)")
    }

    /// A command that must fail, with one line that says why and nothing on standard output.
    func refused(_ reason: String, _ arguments: [String], _ place: SourceLocation = #_sourceLocation) throws {
        let outcome = try run(arguments)
        #expect(outcome.status != 0 && outcome.output.isEmpty, "\(arguments): \(outcome.output)", sourceLocation: place)
        #expect(outcome.errors.contains(reason), "\(arguments): \(outcome.errors)", sourceLocation: place)
    }
}
