import ArgumentParser
import Crypto
import FirmwareUpdate
import Foundation
import SignedRecords
import Testing

@testable import service_station

@Suite("Roots on the command line")
final class RootCommandTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("roots-\(UUID().uuidString)")
        .path

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for number in UInt8(1)...4 { try writeKey(number) }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A key of so many equal bytes, in PEM.
    private func writeKey(_ number: UInt8) throws {
        let prefix: [UInt8] = [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20]
        let der = Data(prefix + [UInt8](repeating: number, count: 32))
        let text = "-----BEGIN PRIVATE KEY-----\n\(der.base64EncodedString())\n-----END PRIVATE KEY-----\n"
        try text.write(toFile: key(number), atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key(number))
    }

    private func key(_ number: UInt8) -> String { "\(folder)/\(number).pem" }

    private func run<Command: ParsableCommand>(_ type: Command.Type, _ words: [String]) throws {
        var command = try Command.parse(words)
        try command.run()
    }

    private func first() throws -> String {
        let path = folder + "/root.1"
        try run(
            RootNewCommand.self,
            [
                "--root-key", key(1), "--root-key", key(2), "--threshold", "root=2", "--release-key", key(3),
                "--key", key(1), "-o", path,
            ])
        return path
    }

    @Test("new, signed by one and then the other, is a root that devices believe")
    func new() throws {
        let path = try first()
        #expect(throws: FirmwareUpdateError.self) { try RootFile.read(path).checkOwn() }
        try run(RootSignCommand.self, [path, "--key", key(2)])
        try RootFile.read(path).checkOwn()
        try run(RootShowCommand.self, [path])
        let lines = RootFile.lines(of: try RootFile.read(path).root)
        #expect(lines.contains("root: 2 of 2"))
        #expect(lines.contains("release: 1 of 1"))
        #expect(lines.contains("tech-ca: nobody"))
    }

    @Test("rotated: the next version, what is not named stays, and both roots' keys must sign")
    func rotate() throws {
        let path = try first()
        try run(RootSignCommand.self, [path, "--key", key(2)])
        let before = try RootFile.read(path)
        let next = folder + "/root.2"
        try run(
            RootRotateCommand.self,
            [path, "--release-key", key(4), "--new-technician-epoch", "--key", key(1), "-o", next])
        #expect(throws: FirmwareUpdateError.self) { try before.check(next: try RootFile.read(next)) }
        try run(RootSignCommand.self, [next, "--key", key(2), "--after", path])
        let after = try RootFile.read(next)
        try before.check(next: after)
        #expect(after.root.technicianEpoch == 2)
        #expect(after.root.roles[.root] == before.root.roles[.root])
        #expect(after.root.roles[.release] != before.root.roles[.release])
    }

    @Test("a bundle brings its roots, is shown, and is verified by a root")
    func bundle() throws {
        let path = try first()
        try run(RootSignCommand.self, [path, "--key", key(2)])
        let next = folder + "/root.2"
        try run(
            RootRotateCommand.self, [path, "--release-key", key(4), "--key", key(1), "--key", key(2), "-o", next])
        try FileManager.default.createDirectory(atPath: folder + "/slot", withIntermediateDirectories: true)
        try "x".write(toFile: folder + "/slot/a", atomically: true, encoding: .utf8)
        let out = folder + "/out.evb"
        try run(
            SignCommand.self,
            [
                "--files", folder + "/slot", "--key", key(4), "--product", "One", "--arch", "aarch64", "--board",
                "b:1-2", "--release", "2.0", "--build", "0", "--counter", "3", "--root", next, "--root-version", "2",
                "--checkpoint", "chain-1:9:" + String(repeating: "ab", count: 32), "-o", out,
            ])
        try run(VerifyCommand.self, [out, "--root", next])
        #expect(throws: FirmwareUpdateError.self) { try self.run(VerifyCommand.self, [out, "--root", path]) }
        let lines = try BundleShowCommand.lines([UInt8](try Data(contentsOf: URL(fileURLWithPath: out))))
        #expect(lines.contains("brings root 2"))
        #expect(lines.contains("counter 3, root 2"))
        #expect(lines.contains { $0.hasPrefix("checkpoint chain-1 9 abab") })
    }

    @Test("a token's URI names each of its four parts once")
    func uris() throws {
        let good = "pkcs11:token=Maker%20One;object=release-1?module-path=/usr/lib/m.so&pin-source=file:/etc/pin"
        let place = try SigningKey.TokenPlace(good)
        #expect(place.token == "Maker One")
        #expect(place.pinFile == "/etc/pin")
        for bad in [
            "pkcs11:", "pkcs11:token=a;object=b", "pkcs11:token=a;object=b?module-path=c",
            "pkcs11:token=a;token=b;object=c?module-path=d&pin-source=e", good + "&x=y",
            "pkcs11:token=%zz;object=b?c=d",
            "pkcs11:token=;object=b?module-path=c&pin-source=d",
        ] {
            #expect(throws: StationError.self, "\(bad)") { try SigningKey.TokenPlace(bad) }
        }
    }

    @Test(
        "options that say nothing, or too much, are refused",
        arguments: [
            ["--threshold", "root"], ["--threshold", "boss=1"], ["--threshold", "root=3"], ["--days", "0"],
            ["--tech-ca-key", "12"],
        ])
    func options(words: [String]) throws {
        #expect(throws: (any Error).self) {
            try run(
                RootNewCommand.self,
                ["--root-key", key(1), "--release-key", key(2), "-o", folder + "/x"] + words)
        }
    }
}
