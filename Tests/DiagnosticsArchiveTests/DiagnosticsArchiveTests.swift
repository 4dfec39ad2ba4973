import Crypto
import Foundation
import SignedRecords
import Testing

@testable import DiagnosticsArchive

@Suite("Diagnostics archives")
struct DiagnosticsArchiveTests {
    private let key = Curve25519.Signing.PrivateKey()

    private func sample() throws -> (archive: DiagnosticsArchive, bytes: [UInt8]) {
        let archive = try DiagnosticsArchive([
            ArchiveFile(name: "status.json", text: "{}\n"), ArchiveFile(name: "empty", bytes: []),
            ArchiveFile(name: "flight/000001-2-1.flight", bytes: (0..<1_300).map { UInt8($0 & 0xFF) }),
            ArchiveFile(name: "block", bytes: [UInt8](repeating: 7, count: 512)),
        ])
        let statement = DiagnosticsStatement(
            device: DeviceID(hashing: Array(key.publicKey.rawRepresentation)), time: UTCMilliseconds(1_800_000_000_000),
            manifest: archive.manifestHash, publicKey: Array(key.publicKey.rawRepresentation), epoch: 1)
        let signature = Array(try key.signature(for: statement.signedBytes))
        return (archive, archive.encode(statement: statement, signature: signature))
    }

    @Test("what was sealed verifies, with the right key only")
    func verifies() throws {
        let (archive, bytes) = try sample()
        let public32 = Array(key.publicKey.rawRepresentation)
        for asked in [nil, public32] {
            let found = try DiagnosticsArchive.verify(bytes, publicKey: asked)
            #expect(found.archive == archive)
            #expect(found.statement.epoch == 1)
        }
        let other = [UInt8](repeating: 9, count: 32)
        #expect(
            throws: ArchiveError.otherKey(expected: Hexadecimal.encode(other), found: Hexadecimal.encode(public32))
        ) { try DiagnosticsArchive.verify(bytes, publicKey: other) }
        #expect(throws: ArchiveError.unsigned) {
            try DiagnosticsArchive.verify(archive.encode(statement: nil, signature: []))
        }
    }

    @Test("every byte that is changed, and every place where the archive is cut, is found")
    func everyByte() throws {
        let bytes = try sample().bytes
        for offset in bytes.indices {
            var copy = bytes
            copy[offset] ^= 0x01
            #expect(throws: ArchiveError.self, "byte \(offset)") { try DiagnosticsArchive.verify(copy) }
        }
        for count in stride(from: 0, to: bytes.count, by: 64) {
            #expect(throws: ArchiveError.self, "\(count) bytes") {
                try DiagnosticsArchive.verify(Array(bytes[..<count]))
            }
        }
        #expect(throws: ArchiveError.self) { try DiagnosticsArchive.verify(bytes + [0]) }
    }

    @Test("a statement of another key's signature, of another manifest, or of another form is refused")
    func statements() throws {
        let (archive, _) = try sample()
        let public32 = Array(key.publicKey.rawRepresentation)
        func statement(_ manifest: ContentHash) -> DiagnosticsStatement {
            DiagnosticsStatement(
                device: .zero, time: UTCMilliseconds(1), manifest: manifest, publicKey: public32, epoch: 1)
        }
        let right = statement(archive.manifestHash)
        let foreign = Array(try Curve25519.Signing.PrivateKey().signature(for: right.signedBytes))
        #expect(throws: ArchiveError.signature) {
            try DiagnosticsArchive.verify(archive.encode(statement: right, signature: foreign))
        }
        let wrong = statement(ContentHash(hashing: [1]))
        let signature = Array(try key.signature(for: wrong.signedBytes))
        #expect(throws: ArchiveError.otherManifest) {
            try DiagnosticsArchive.verify(archive.encode(statement: wrong, signature: signature))
        }
        #expect(try DiagnosticsStatement(decoding: right.signedBytes) == right)
        for bytes in [[], [0x80], right.signedBytes + [0], Array(right.signedBytes.dropLast())] {
            #expect(throws: CBORError.self) { try DiagnosticsStatement(decoding: bytes) }
        }
    }

    @Test("a file more, a file less, and a name twice")
    func lists() throws {
        let (archive, _) = try sample()
        let manifest = ArchiveFile(name: "MANIFEST", bytes: archive.manifest)
        let extra = ArchiveFile(name: "extra", text: "x")
        #expect(throws: ArchiveError.unlisted("extra")) {
            try DiagnosticsArchive.verify(Tar.write([manifest] + archive.files + [extra]))
        }
        #expect(throws: ArchiveError.missing("block")) {
            try DiagnosticsArchive.verify(Tar.write([manifest] + archive.files.filter { $0.name != "block" }))
        }
        #expect(throws: ArchiveError.missing("MANIFEST")) { try DiagnosticsArchive.verify(Tar.write(archive.files)) }
        #expect(throws: ArchiveError.name("extra")) { try Tar.read(Tar.write([extra, extra])) }
        #expect(throws: ArchiveError.name("extra")) { try DiagnosticsArchive([extra, extra]) }
    }

    @Test(
        "names that leave the folder, or are the archive's own",
        arguments: [
            "", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a b", "é", String(repeating: "a", count: 100),
            "MANIFEST",
        ])
    func names(name: String) {
        #expect(throws: ArchiveError.name(name)) { try DiagnosticsArchive([ArchiveFile(name: name, bytes: [])]) }
    }

    @Test("tar and sha256sum read it")
    func tools() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "archive-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(try sample().bytes).write(to: folder.appending(path: "a.tar"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "tar -xf a.tar && sha256sum --strict -c MANIFEST && test $(ls flight | wc -l) = 1"]
        process.currentDirectoryURL = folder
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
