import Foundation
import Quantities
import Testing

@testable import ServiceShell

@Suite("Commands of the firmware")
struct FirmwareCommandTests {
    private static let manifest = String(repeating: "ab", count: 32)

    private func put(_ id: Int, offset: Int, bytes: Int, summed: Bool = true) -> String {
        let data = Data(repeating: 0x5A, count: bytes).base64EncodedString()
        let request = "{\"id\":\(id),\"cmd\":\"fw.put\",\"args\":{\"offset\":\(offset),\"data\":\"\(data)\"}}"
        return summed ? TestShell.summed(request) : request + "\n"
    }

    @Test(
        "every change reaches the desk as it was given, on record before and after",
        arguments: [
            ("fw recv \(manifest)", UpdateChange.receive(manifest: [UInt8](repeating: 0xAB, count: 32))),
            ("fw verify", .verify), ("fw activate", .activate(isOverridden: false)),
            ("fw activate override", .activate(isOverridden: true)), ("fw confirm", .confirm),
            ("fw rollback", .rollBack),
        ])
    func changes(line: String, change: UpdateChange) {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        let asked = shell.type(line + "\r")
        let canonical = asked.split(whereSeparator: \.isNewline)[1]
        _ = shell.type("confirm \(TestShell.token(for: String(canonical)).lowercased())\r")
        #expect(desk.diary.changes == [.firmware(change)])
        #expect(desk.diary.records.map(\.outcome) == [.begun, .done])
        guard case .record = desk.diary.entries.first else {
            Issue.record("done before it was on record")
            return
        }
    }

    @Test("an override takes the role commission; no word of it may be shortened")
    func roles() {
        var service = TestShell(role: .service)
        #expect(service.type("fw activate override\r").contains("needs the role commission"))
        #expect(service.type("fw activate\r").contains("to do this: confirm"))
        #expect(service.type("fw act\r").contains("error: unknown command"))
        #expect(service.type("fw stat\r").contains("counter floor       2"))
    }

    @Test("a piece of a bundle: with a checksum, from a program, and as long as fits a line")
    func pieces() {
        let desk = FixedDesk()
        var shell = TestShell(desk, role: .service)
        #expect(
            shell.type(put(1, offset: 0, bytes: 640))
                == "{\"id\":1,\"ok\":true,\"data\":{\"next_byte\":640,\"length\":null,\"whole\":false}}\n")
        #expect(put(9_007_199_254_740_991, offset: 999_999_999, bytes: 640).utf8.count <= LineEditor.limit)
        #expect(shell.type(put(2, offset: 0, bytes: 640, summed: false)).contains("E_SUM"))
        #expect(shell.type(put(3, offset: 640, bytes: 5)).contains("\"err\":\"E_OFFSET\""))
        #expect(shell.type(put(4, offset: 0, bytes: 641)).contains("E_ARGUMENTS"))
        #expect(
            shell.type(TestShell.summed("{\"id\":5,\"cmd\":\"fw.put\",\"args\":{\"offset\":0,\"data\":\"A*==\"}}"))
                .contains("E_ARGUMENTS"))
        #expect(shell.type("fw put 0 AAAA\r").contains("is not for this mode"))
        #expect(desk.diary.entries.isEmpty, "pieces are no changes")
        var viewer = TestShell(desk, role: .viewer)
        #expect(viewer.type(put(6, offset: 0, bytes: 640)).contains("E_ROLE"))
    }

    @Test("any number of pieces within a minute leaves room for changes")
    func many() {
        let desk = FixedDesk()
        var shell = TestShell(desk, role: .service)
        for id in 1...40 { #expect(shell.type(put(id, offset: 0, bytes: 3)).contains("\"ok\":true")) }
        #expect(shell.type(TestShell.summed("{\"id\":99,\"cmd\":\"fw.verify\"}")).contains("\"ok\":true"))
        #expect(desk.diary.changes == [.firmware(.verify)])
    }
}
