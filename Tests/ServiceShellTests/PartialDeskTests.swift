import Quantities
import Testing

@testable import ServiceShell

/// The shell over a desk that has but some of the answers.
@Suite("A partial desk")
struct PartialDeskTests {
    /// Knows who it is, what was logged, and how firmware comes in.
    private struct Desk: PartialDesk {
        let whole = FixedDesk()
        let answered: Set<ServiceCommand> = [.log, .firmware, .verifyFirmware]
        let absence = "no firmware runs"

        func identity() throws(ServiceShellError) -> IdentityAnswer {
            var answer = try whole.identity()
            answer.rescue = ["no slot may start", "bring another release"]
            return answer
        }

        func log(lines: Int) throws(ServiceShellError) -> [String] { ["slot a does not verify"] }
        func firmware() throws(ServiceShellError) -> FirmwareAnswer { try whole.firmware() }
        func put(_ bytes: [UInt8], at offset: UInt64) throws(ServiceShellError) -> TransferAnswer {
            try whole.put(bytes, at: offset)
        }
        func obstacle(to change: ServiceChange) -> String? { whole.obstacle(to: change) }
        func carryOut(_ change: ServiceChange, by technician: Technician) throws(ServiceShellError) {
            try whole.carryOut(change, by: technician)
        }
        func record(_ entry: AuditEntry) throws(ServiceShellError) { try whole.record(entry) }
    }

    @Test("its greeting and ident say why; what it knows is answered")
    func answers() throws {
        var shell = TestShell(Desk())
        let greeting = String(decoding: shell.session.greeting(), as: UTF8.self)
        #expect(greeting.contains("RESCUE: no slot may start\r\nRESCUE: bring another release\r\n"))
        #expect(shell.type("ident\r").contains("no slot may start; bring another release"))
        #expect(shell.type("log\r").contains("slot a does not verify"))
        #expect(shell.type("fw status\r").contains("slots"))
        var usual = TestShell()
        #expect(!String(decoding: usual.session.greeting(), as: UTF8.self).contains("RESCUE"))
        #expect(!usual.type("ident\r").contains("rescue"))
    }

    /// A value for each argument that a command must have.
    private func line(_ row: CommandRow) -> String {
        let values = row.arguments.filter { !$0.isOptional }.map { argument -> String in
            switch argument.kind {
            case .choice(let words): words[0]
            case .hexadecimal(let bytes): String(repeating: "ab", count: bytes.lowerBound)
            case .integer(let range, _): "\(range.lowerBound)"
            case .instant: "2026-11-30T00:00:00Z"
            default: "1"
            }
        }
        return ([row.name] + values).joined(separator: " ")
    }

    @Test("every other command says that it has no answer, in help and when it is given, and nothing is done")
    func absences() throws {
        let desk = Desk()
        var shell = TestShell(desk)
        _ = shell.type("term dumb\r")
        let help = shell.type("help\r")
        let own: Set<ServiceCommand> = [.help, .ident, .login, .loginCode, .logout, .whoami, .confirm, .term, .baud]
        for row in CommandTable.rows where !desk.answered.contains(row.command) && !own.contains(row.command) {
            guard row.effect != .transfers else { continue }
            let shown = shell.type(line(row) + "\r")
            #expect(shown.contains("no firmware runs"), "\(row.name): \(shown)")
        }
        #expect(help.contains("[no firmware runs]"))
        let told = shell.type("help limit set\r")
        #expect(told.contains("no firmware runs"), "\(told)")
        #expect(!shell.type("help fw status\r").contains("no firmware runs"))
        let reply = shell.type("{\"id\":1,\"cmd\":\"status\"}\n")
        #expect(reply.contains("E_UNAVAILABLE"), "\(reply)")
        #expect(desk.whole.diary.entries.isEmpty)
    }

    @Test("a change that it knows is confirmed, on record and done")
    func change() throws {
        let desk = Desk()
        var shell = TestShell(desk)
        _ = shell.type("fw verify\r")
        #expect(shell.type("confirm \(TestShell.token(for: "fw verify"))\r").contains("done"))
        #expect(desk.whole.diary.changes == [.firmware(.verify)])
        #expect(desk.whole.diary.records.map(\.outcome) == [.begun, .done])
    }
}
