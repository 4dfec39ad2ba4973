import Foundation
import SignedRecords
import Testing

@testable import Firmware

@Suite("Boots and status")
struct TimeAndStatusTests {
    private func folder() throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("fw-\(UInt32.random(in: 0 ... .max))")
            .path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    @Test("a boot is counted once, a new boot id counts on, and a damaged count is refused")
    func boots() throws {
        let folder = try folder()
        let (kernel, count) = ("\(folder)/boot_id", "\(folder)/boot")
        try "0d8f3a50-1111-2222-3333-444455556666\n".write(toFile: kernel, atomically: true, encoding: .utf8)
        let first = try BootIdentity.read(countFile: count, kernelFile: kernel)
        #expect(first.count == 1)
        #expect(first.boot.hex == "0d8f3a50111122223333444455556666")
        #expect(try BootIdentity.read(countFile: count, kernelFile: kernel) == first)
        try "1d8f3a50-1111-2222-3333-444455556666\n".write(toFile: kernel, atomically: true, encoding: .utf8)
        #expect(try BootIdentity.read(countFile: count, kernelFile: kernel).count == 2)
        try "garbage".write(toFile: count, atomically: true, encoding: .utf8)
        #expect(throws: FirmwareError.self) { try BootIdentity.read(countFile: count, kernelFile: kernel) }
        try "no boot id".write(toFile: kernel, atomically: true, encoding: .utf8)
        #expect(throws: FirmwareError.self) { try BootIdentity.read(countFile: count, kernelFile: kernel) }
    }

    @Test("the status goes over its socket unchanged, and a dead daemon's socket is replaced")
    func statusSocket() throws {
        let path = "\(try folder())/status.sock"
        try "left over".write(toFile: path, atomically: true, encoding: .utf8)
        let board = StatusBoard()
        let server = try StatusServer.start(path: path, status: board)
        board.update {
            $0.device = "abc"
            $0.records.chains = [.init(number: 1, head: 9, acknowledged: 8)]
        }
        board.update(.connector(1)) { $0.connector.energyMWh = 5_294_189 }
        #expect(board.current.connector.energyMWh == 5_294_189)
        for _ in 0..<3 { #expect(try StatusClient.read(socketPath: path) == board.current) }
        server.stop()
        #expect(throws: FirmwareError.self) { try StatusClient.read(socketPath: path) }
    }

    @Test("a path that no socket can have is named")
    func longPath() {
        let path = "/" + String(repeating: "x", count: 200)
        #expect(throws: FirmwareError.self) { try StatusServer.start(path: path, status: StatusBoard()) }
        #expect(throws: FirmwareError.self) { try StatusClient.read(socketPath: path) }
    }
}
