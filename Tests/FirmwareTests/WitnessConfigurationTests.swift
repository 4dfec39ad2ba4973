import Foundation
import Testing

@testable import Firmware

@Suite("Configuration: the ledger's other nodes")
struct WitnessConfigurationTests {
    private func read(_ line: String) throws -> FirmwareConfiguration.LedgerChoice {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).toml").path
        // The table of the ledger is the last one.
        try (KeysConfigurationTests.rest + line + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try FirmwareConfiguration(path: path).ledger
    }

    private func mistakes(_ line: String) -> [String] {
        do {
            _ = try read(line)
            return []
        } catch FirmwareError.configuration(let mistakes) {
            return mistakes
        } catch {
            return ["\(error)"]
        }
    }

    @Test("none where the file names none; up to eight in their order")
    func lists() throws {
        #expect(try read("").witnesses == [])
        #expect(try read("witnesses = []").witnesses == [])
        let urls = (1...8).map { "https://n\($0).example.org/chain" }
        #expect(try read("witnesses = [\(urls.map { "\"\($0)\"" }.joined(separator: ", "))]").witnesses == urls)
    }

    @Test(
        "each that is no address, or no second opinion, is a mistake with its place",
        arguments: [
            ("witnesses = [\"ftp://a\"]", 1), ("witnesses = [\"http://a\", \"http://a:80/\"]", 1),
            ("witnesses = [\"http://127.0.0.1:26657/\"]", 1), ("witnesses = [\"http://u@a\", \"b\", \"http://c\"]", 2),
            ("witnesses = \"http://a\"", 1), ("witnesses = [7]", 1),
            ("witnesses = [\((1...9).map { "\"http://n\($0)\"" }.joined(separator: ", "))]", 1),
        ])
    func mistakes(line: String, count: Int) throws {
        let found = mistakes(line)
        #expect(found.count == count, "\(found)")
        // The line of the file, behind the ones that every test has.
        let number = KeysConfigurationTests.rest.split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(found.allSatisfy { $0.contains("\(number):") && $0.contains("ledger.witnesses") }, "\(found)")
    }
}
