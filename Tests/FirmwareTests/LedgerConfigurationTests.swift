import Foundation
import Testing

@testable import Firmware

@Suite("Configuration: events, clock and certificate of the ledger's link")
struct LedgerConfigurationTests {
    private func read(_ lines: String) throws -> FirmwareConfiguration.LedgerChoice {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).toml").path
        // The table of the ledger is the last one.
        try (KeysConfigurationTests.rest + lines + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try FirmwareConfiguration(path: path).ledger
    }

    private func mistakes(_ lines: String) -> [String] {
        do {
            _ = try read(lines)
            return []
        } catch FirmwareError.configuration(let mistakes) {
            return mistakes
        } catch {
            return ["\(error)"]
        }
    }

    @Test("without a word: no events, any clock that is set, no certificate")
    func usual() throws {
        let ledger = try read("")
        #expect(!ledger.events && !ledger.needsSynchronisedClock && ledger.client == nil)
    }

    @Test("as the file says it; paths count from its folder")
    func stated() throws {
        let ledger = try read(
            """
            events = true
            clock = "synchronised"
            witnesses = ["https://n.example.org"]
            client_certificate = "client.pem"
            client_key = "/keys/client.key"
            """)
        #expect(ledger.events && ledger.needsSynchronisedClock)
        #expect(ledger.client?.certificate.hasSuffix("/client.pem") == true)
        #expect(ledger.client?.certificate.hasPrefix("/") == true)
        #expect(ledger.client?.key == "/keys/client.key")
        #expect(try !read("events = false\nclock = \"set\"").needsSynchronisedClock)
    }

    @Test(
        "what means nothing is a mistake with its place",
        arguments: [
            ("events = \"yes\"", "ledger.events"), ("clock = \"guessed\"", "ledger.clock"),
            ("witnesses = [\"https://n\"]\nclient_certificate = \"a\"", "client_key beside it"),
            ("witnesses = [\"https://n\"]\nclient_key = \"a\"", "client_certificate beside it"),
            ("client_certificate = \"a\"\nclient_key = \"b\"", "a node with https://"),
        ])
    func mistaken(lines: String, words: String) {
        let found = mistakes(lines)
        #expect(found.count == 1 && found[0].contains(words), "\(found)")
    }
}
