import ArgumentParser
import Crypto
import FirmwareUpdate
import Foundation
import SignedRecords
import Testing

@testable import service_station

@Suite("Signing bundles")
struct SigningTests {
    /// Of 32 bytes 01, as openssl writes it; its public half.
    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB
        -----END PRIVATE KEY-----

        """
    private static let publicKey = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"

    private static let ellipticKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAWhRANCAARRWQt6UVFA0teEyFYIZo/f74yC/R9b
        5SQhVUoNw9Az7eDBfaiQSnJ9iuG/Nr+KeSYNAS8A1NgIiNHQu0T9oW2k
        -----END PRIVATE KEY-----
        """

    private final class Folder {
        let path = NSTemporaryDirectory() + "station-\(UUID().uuidString)"

        init() throws {
            try FileManager.default.createDirectory(atPath: path + "/slot/bin", withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func write(_ name: String, _ text: String, mode: Int = 0o644) throws {
            try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path + "/" + name)
        }
    }

    private func words(_ folder: Folder, _ more: [String] = []) -> [String] {
        [
            "--files", folder.path + "/slot", "--key", folder.path + "/release.pem", "--product", "Wallbox One",
            "--arch",
            "aarch64", "--board", "board-a:1-3", "--release", "1.2.3", "--build", "0123abcd", "--counter", "5",
            "--output", folder.path + "/out.bundle",
        ] + more
    }

    @Test("a folder becomes a bundle that a device's checks accept, and no other key's")
    func roundTrip() throws {
        let folder = try Folder()
        try folder.write("slot/bin/wattseald", "#!/bin/sh\n", mode: 0o755)
        try folder.write("slot/meters.toml", "x = 1\n")
        try folder.write("release.pem", Self.key, mode: 0o600)
        try SignCommand.parse(words(folder)).run()
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/out.bundle")))
        let publicKey = try #require(Hexadecimal.decode(Self.publicKey))
        let verified = try VerifyCommand.verify(bytes, keys: try RoleKeys(publicKeys: [publicKey], threshold: 1))
        #expect(verified.manifest.files.map(\.path) == ["bin/wattseald", "meters.toml"])
        #expect(verified.manifest.files.map(\.isExecutable) == [true, false])
        #expect(verified.manifest.boards == [.init(id: "board-a", revisions: 1...3)])
        try VerifyCommand.parse([folder.path + "/out.bundle", "--public-key", Self.publicKey]).run()

        let stranger = Curve25519.Signing.PrivateKey().publicKey.rawRepresentation
        #expect(throws: FirmwareUpdateError.tooFewSignatures(expected: 1, found: 0)) {
            try VerifyCommand.verify(bytes, keys: try RoleKeys(publicKeys: [Array(stranger)], threshold: 1))
        }
        #expect(throws: FirmwareUpdateError.self) {
            try VerifyCommand.verify(bytes + [0], keys: try RoleKeys(publicKeys: [publicKey], threshold: 1))
        }
        #expect(throws: FirmwareUpdateError.self) {
            try VerifyCommand.verify(bytes.dropLast(), keys: try RoleKeys(publicKeys: [publicKey], threshold: 1))
        }
    }

    @Test("an operating system is one image, and nothing else is signed as one")
    func system() throws {
        let folder = try Folder()
        try folder.write("release.pem", Self.key, mode: 0o600)
        try folder.write("slot/image.raucb", "an image")
        try SignCommand.parse(words(folder, ["--kind", "os"])).run()
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/out.bundle")))
        let envelope = try BundleEnvelope(decoding: bytes)
        #expect(try ReleaseManifest(decoding: envelope.manifestBytes).kind == .system)
        try folder.write("slot/second.raucb", "another")
        #expect(throws: FirmwareUpdateError.self) { try SignCommand.parse(words(folder, ["--kind", "os"])).run() }
        #expect(throws: Never.self) { try SignCommand.parse(words(folder)).run() }
        #expect(throws: (any Error).self) { try SignCommand.parse(words(folder, ["--kind", "root"])) }
    }

    @Test("what a device would refuse is not signed")
    func refusals() throws {
        let folder = try Folder()
        try folder.write("release.pem", Self.key, mode: 0o600)
        #expect(throws: StationError.nothingToRelease(folder: folder.path + "/slot")) {
            try SignCommand.parse(words(folder)).run()
        }
        try folder.write("slot/with space", "x")
        #expect(throws: FirmwareUpdateError.self) { try SignCommand.parse(words(folder)).run() }
        try FileManager.default.removeItem(atPath: folder.path + "/slot/with space")
        try folder.write("slot/a", "x")
        #expect(throws: Never.self) { try SignCommand.parse(words(folder)).run() }
        for more in [
            ["--tries", "0"], ["--confirm-seconds", "59"], ["--schema", "2-1"], ["--schema", "x"], ["--board", "b"],
        ] {
            #expect(throws: (any Error).self, "\(more)") { try SignCommand.parse(words(folder, more)).run() }
        }
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/slot/b", withDestinationPath: "a")
        #expect(throws: StationError.strangeFile(path: folder.path + "/slot/b")) {
            try SignCommand.parse(words(folder)).run()
        }
    }

    @Test("key files: openssl's form alone, and only where nobody else can read it")
    func keyFiles() throws {
        let folder = try Folder()
        let path = folder.path + "/k.pem"
        try folder.write("k.pem", Self.key, mode: 0o600)
        let key = try ReleaseKeyFile.read(path: path)
        #expect(Hexadecimal.encode(Array(key.publicKey.rawRepresentation)) == Self.publicKey)
        for mode in [0o640, 0o604, 0o644, 0o660] {
            try folder.write("k.pem", Self.key, mode: mode)
            #expect(throws: StationError.self) { try ReleaseKeyFile.read(path: path) }
        }
        #expect(throws: StationError.self) { try ReleaseKeyFile.read(path: path + "x") }
        let lines = Self.key.split(separator: "\n").map(String.init)
        for text in [
            "", "x", Self.ellipticKey, Self.key.replacingOccurrences(of: "PRIVATE", with: "PUBLIC"),
            [lines[0], String(lines[1].dropLast(4)), lines[2]].joined(separator: "\n"),
            [lines[0], lines[1] + "AAAA", lines[2]].joined(separator: "\n"), lines.dropLast().joined(separator: "\n"),
        ] {
            #expect(throws: StationError.self) { try ReleaseKeyFile.parse(Array(text.utf8), path: "k") }
        }
    }

    @Test(
        "ranges",
        arguments: [("1-3", true), ("0-0", true), ("3-1", false), ("1", false), ("-1", false), ("1-2-3", false)])
    func ranges(text: String, isGood: Bool) {
        #expect(((try? SignCommand.range(text, option: "x")) != nil) == isGood)
    }
}
