import Quantities
import Synchronization
import Testing

@testable import ServiceShell

/// `fw recv zmodem`: the session gives the line away and takes it back.
@Suite("A line that is given away")
struct HandoverTests {
    private static let token = TestShell.token(for: "fw recv zmodem")

    private func shell(_ desk: FixedDesk, role: AccessRole = .service) -> TestShell {
        var shell = TestShell(desk, role: role)
        var technician = TestShell.vendor
        technician.role = role
        shell.session = ShellSession(
            desk: desk, gate: shell.gate, fixed: technician, canHandOver: true, at: shell.now)
        return shell
    }

    private func given(_ desk: FixedDesk) -> TestShell {
        var shell = shell(desk)
        #expect(shell.type("fw recv zmodem\r").contains("to do this: confirm \(Self.token)"))
        #expect(shell.session.handover == nil && desk.diary.entries.isEmpty)
        let said = shell.type("confirm \(Self.token)\rrz\r**")
        #expect(said.hasSuffix("start sending now, with ZMODEM (sz); Ctrl-C gives up\r\n"), "\(said)")
        return shell
    }

    @Test("confirmed, it is on record, says so, and nothing that follows is the shell's")
    func givesAway() {
        let desk = FixedDesk()
        var shell = given(desk)
        #expect(desk.diary.records.map(\.outcome) == [.begun] && desk.diary.changes.isEmpty)
        #expect(shell.session.handover?.rest == Array("rz\r**".utf8).map { .byte($0) })
        #expect(shell.type("ident\r").isEmpty)
    }

    @Test("what came in is handed on, the end is on record, and the prompt is back")
    func takesBack() {
        let desk = FixedDesk()
        var shell = given(desk)
        let said = String(decoding: shell.session.handBack(.received, at: shell.now), as: UTF8.self)
        #expect(said.contains("fw recv zmodem") && said.hasSuffix("wattseal> "), "\(said)")
        #expect(desk.diary.changes == [.firmware(.takeIn)])
        #expect(desk.diary.records.map(\.outcome) == [.begun, .done])
        #expect(desk.diary.records.map(\.action) == ["fw recv zmodem", "fw recv zmodem"])
        #expect(shell.type("ident\r").contains("W1-000042"))
        #expect(shell.session.handBack(.received, at: shell.now).isEmpty)
        #expect(desk.diary.changes.count == 1)
    }

    @Test("what did not come in is not handed on; a release that is refused is refused on record")
    func failures() {
        let desk = FixedDesk()
        var shell = given(desk)
        let said = String(decoding: shell.session.handBack(.failed("BREAK"), at: shell.now), as: UTF8.self)
        #expect(said.contains("error: not received: BREAK") && said.hasSuffix("wattseal> "))
        #expect(desk.diary.changes.isEmpty && desk.diary.records.map(\.outcome) == [.begun, .refused])

        let other = FixedDesk()
        shell = given(other)
        other.diary.changeFailure.withLock { $0 = .notReceived("no bundle") }
        let words = String(decoding: shell.session.handBack(.received, at: shell.now), as: UTF8.self)
        #expect(words.contains("error: not received: no bundle"))
        #expect(other.diary.records.map(\.outcome) == [.begun, .refused])
    }

    @Test("a session that ends meanwhile puts on record that nothing came in")
    func end() {
        let desk = FixedDesk()
        var shell = given(desk)
        shell.session.end()
        #expect(desk.diary.changes.isEmpty && desk.diary.records.map(\.outcome) == [.begun, .refused])
    }

    @Test("the line stays where the command is not on record, forbidden, not confirmed, or not for this line")
    func stays() {
        let desk = FixedDesk()
        var shell = shell(desk)
        desk.diary.recordFailure.withLock { $0 = .unrecorded("no disk") }
        _ = shell.type("fw recv zmodem\r")
        #expect(shell.type("confirm \(Self.token)\r").contains("could not be put on record"))
        #expect(shell.session.handover == nil)
        desk.diary.recordFailure.withLock { $0 = nil }
        desk.diary.obstacle.withLock { $0 = "lrzsz" }
        #expect(shell.type("fw recv zmodem\r").contains("error: not now: lrzsz"))
        desk.diary.obstacle.withLock { $0 = nil }
        #expect(shell.type("confirm 0000\r").contains("nothing was confirmed"))
        #expect(shell.session.handover == nil)
        // The local socket, where nobody looks whether the line was given away.
        var socket = TestShell(desk, role: .service)
        #expect(socket.type("fw recv zmodem\r").contains("over a serial line alone"))
        #expect(socket.session.handover == nil)
    }

    @Test("a program never gets it, with or without a checksum")
    func programs() {
        let desk = FixedDesk()
        var shell = shell(desk)
        let request = "{\"id\":1,\"cmd\":\"fw.recv.zmodem\"}"
        #expect(shell.type(request + "\n").contains("E_MODE"))
        #expect(shell.type(TestShell.summed(request)).contains("E_MODE"))
        #expect(shell.session.handover == nil && desk.diary.entries.isEmpty)
    }
}
