import DiagnosticsArchive
import Foundation
import ServiceShell
import SignedRecords
import Testing

@testable import Firmware

@Suite("A diagnostics archive for a serial line")
struct ArchiveShelfTests {
    private let rig: DeskRig
    private let shelf: ArchiveShelf

    init() throws {
        rig = try DeskRig()
        let path = rig.folder + "/wattseald.toml"
        let text = ConfigurationTests.complete.replacingOccurrences(of: "\"state\"", with: "\"\(rig.folder)\"")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let configuration = try FirmwareConfiguration(path: path)
        shelf = ArchiveShelf(configuration, device: rig.desk.device, keys: rig.desk.keys)
    }

    private func fetched() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var next: Int? = 0
        while let offset = next {
            let piece = try shelf.piece(from: offset)
            #expect(piece.offset == bytes.count && piece.bytes.count <= ArchiveShelf.piece)
            bytes += piece.bytes
            next = piece.next
        }
        return bytes
    }

    @Test("its pieces are the archive, which the device has signed")
    func whole() throws {
        let answer = try shelf.make(of: StatusBoard(connectors: 1).current)
        let bytes = try fetched()
        #expect(bytes.count == answer.size && ContentHash(hashing: bytes).bytes == answer.hash)
        let (archive, statement) = try DiagnosticsArchive.verify(bytes, publicKey: rig.desk.keys.publicKeys.ed25519)
        #expect(archive.files.map(\.name) == answer.files)
        #expect(answer.files.contains("status.json") && !answer.files.contains { $0.hasPrefix("flight/") })
        #expect(statement.device == rig.desk.device && statement.epoch == answer.epoch)
    }

    @Test("without one, and behind its end, there is no piece; a new one takes the place of the old")
    func places() throws {
        #expect(throws: ServiceShellError.unavailable("no archive was made: bundle makes one")) {
            try shelf.piece(from: 0)
        }
        let size = try shelf.make(of: StatusBoard(connectors: 1).current).size
        #expect(throws: ServiceShellError.unavailable("expected an offset below \(size), got \(size)")) {
            try shelf.piece(from: size)
        }
        #expect(try shelf.piece(from: size - 1).next == nil)
        let first = try shelf.piece(from: 0).hash
        #expect(try shelf.make(of: StatusBoard(connectors: 2).current).hash == (try shelf.piece(from: 0).hash))
        #expect(try shelf.piece(from: 0).hash != first)
    }

    @Test("keys that sign no more make none, and the one before stays")
    func destroyedKeys() throws {
        _ = try shelf.make(of: StatusBoard(connectors: 1).current)
        let bytes = try fetched()
        try rig.desk.keys.destroyKeys()
        #expect(throws: ServiceShellError.self) { try shelf.make(of: StatusBoard(connectors: 1).current) }
        #expect(try fetched() == bytes)
    }
}
