import Foundation
import ServiceShell
import SignedRecords
import Testing

@testable import Firmware

@Suite("Configuration: the technician's shell")
struct ShellConfigurationTests {
    private static let key = String(repeating: "ab", count: 32)

    private func read(_ table: String) throws -> FirmwareConfiguration {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).toml").path
        try (KeysConfigurationTests.rest + table).write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try FirmwareConfiguration(path: path)
    }

    @Test("everything that it may say")
    func whole() throws {
        #expect(try read("").shell == FirmwareConfiguration.Shell())
        let shell = try read(
            """
            [shell]
            device = "/dev/ttyS1"
            baud = 9600
            carrier = true
            socket = "/run/shell.sock"
            authorities = ["\(Self.key)"]
            epoch = 3
            denied = [17, 42]
            site = "depot"
            phone_key = "/etc/phone.key"

            """
        ).shell
        #expect(shell.device == "/dev/ttyS1" && shell.baud == 9_600 && shell.watchesCarrier)
        #expect(shell.socket == "/run/shell.sock" && shell.site == "depot" && shell.phoneKey == "/etc/phone.key")
        #expect(
            shell.authorities == [Array(repeating: 0xAB, count: 32)] && shell.epoch == 3 && shell.denied == [17, 42])
        let trust = EffectiveTrust(shell, KnownTrust())
        #expect(trust.authority(TechnicianCertificate.keyID(of: shell.authorities[0])) == shell.authorities[0])
        #expect(trust.authority(Array(repeating: 0, count: 8)) == nil)
        #expect(trust.isDenied(serial: 42) && !trust.isDenied(serial: 43) && trust.epoch == 3)
    }

    @Test(
        "mistakes have their place",
        arguments: [
            ("carrier = true", "shell.device"), ("device = \"a\"\nbaud = 1200", "shell.baud"),
            ("device = \"a\"\nauthorities = [\"\(key)\", \"abc\"]", "shell.authorities[1]"),
            ("device = \"a\"\nepoch = -1", "shell.epoch"), ("device = \"a\"\ndenied = [-1]", "shell.denied"),
            ("device = \"a\"\nsite = \"\"", "shell.site"), ("device = \"a\"\npin = \"1234\"", "pin"),
        ])
    func mistakes(table: String, place: String) throws {
        let failure = #expect(throws: FirmwareError.self) { try read("[shell]\n\(table)\n") }
        #expect("\(try #require(failure))".contains(place), "\(String(describing: failure))")
    }

    @Test("a phone key is 64 digits in a file that its owner alone may read")
    func phoneKey() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).key").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        func write(_ text: String, mode: Int) throws {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        try write(Self.key + "\n", mode: 0o600)
        #expect(try PhoneKeyFile.read(path) == Array(repeating: 0xAB, count: 32))
        try write(Self.key + "\n", mode: 0o640)
        #expect(throws: FirmwareError.self) { try PhoneKeyFile.read(path) }
        try write(Self.key.dropLast(2) + "\n", mode: 0o600)
        #expect(throws: FirmwareError.self) { try PhoneKeyFile.read(path) }
        #expect(throws: FirmwareError.self) { try PhoneKeyFile.read(path + "x") }
    }
}
