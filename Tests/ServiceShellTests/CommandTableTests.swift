import Testing

@testable import ServiceShell

@Suite("The table of commands")
struct CommandTableTests {
    private func refusal(_ line: String) -> ServiceShellError? {
        do throws(ServiceShellError) {
            _ = try CommandLine.parse(line)
            return nil
        } catch { return error }
    }

    private func parsed(_ line: String) throws -> Invocation { try #require(try CommandLine.parse(line)).invocation }

    @Test("every command has one row, every name is one, and no argument that must be there follows one that need not")
    func rows() {
        for command in ServiceCommand.allCases {
            #expect(CommandTable.rows.count { $0.command == command } == 1, "\(command)")
        }
        #expect(Set(CommandTable.rows.map(\.name)).count == CommandTable.rows.count)
        for row in CommandTable.rows {
            let optional = row.arguments.firstIndex(where: \.isOptional) ?? row.arguments.count
            #expect(row.arguments[optional...].allSatisfy { $0.isOptional }, "\(row.name)")
            #expect(row.effect != .changes || row.role >= .service, "\(row.name)")
        }
    }

    @Test("words may be shortened to what one command alone begins with")
    func abbreviations() throws {
        #expect(try parsed("stat").row.command == .status)
        #expect(try parsed("cont").row.command == .contactor)
        #expect(try parsed("login code X").row.command == .loginCode)
        #expect(refusal("lo") == .ambiguous("lo", among: ["login", "logout", "lock", "log"]))
        #expect(try parsed("log").row.command == .log)
        #expect(refusal("x") == .unknownCommand("x"))
    }

    @Test(
        "what changes the device is never shortened",
        arguments: [
            "sto", "star", "limit se 5", "key rot", "rcd tes", "reboo x", "time se 2026-11-29T18:40:00Z",
        ])
    func changesAreSpelledOut(line: String) {
        #expect(refusal(line) != nil)
    }

    @Test(
        "a wrong line is refused at its byte",
        arguments: [
            ("status now", 7), ("limit set", 9), ("limit set x", 10), ("limit set 9.5555", 10),
            ("limit set 80.001", 10),
            ("limit set -1", 10), ("limit set 9. 1", 10), ("limit set .5", 10), ("limit  set 16 9", 14),
            ("limit set 16 1 1", 15),
            ("faults clear", 12), ("faults clear 0", 13), ("faults clear 65536", 13), ("term vt100", 5),
            ("| grep a", 0),
            ("status | tail", 9), ("status |", 8), ("status | head x", 14), ("status | head 0", 14), ("log 501", 4),
            ("limit sett 5", 6), ("confirm ABCDE", 8), ("limit set 1234567890", 10),
        ])
    func places(line: String, byte: Int) {
        guard case .syntax(let offset, _)? = refusal(line) else {
            Issue.record("\(line): \(String(describing: refusal(line)))")
            return
        }
        #expect(offset == byte, "\(line)")
    }

    @Test("values", arguments: [("16", Int64(16_000)), ("9.5", 9_500), ("0", 0), ("80.000", 80_000), ("6.001", 6_001)])
    func amperes(text: String, milliamperes: Int64) throws {
        #expect(try parsed("limit set \(text) 2").integer("current") == milliamperes)
        #expect(try parsed("limit set \(text) 2").connector == 2)
    }

    @Test(
        "a moment is read in one form, as a day that there is",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-29T18:40:00Z", 1_795_977_600_000),
            ("2024-02-29T23:59:59Z", 1_709_251_199_000), ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000), ("2026-02-29T00:00:00Z", nil),
            ("1900-02-29T00:00:00Z", nil), ("1969-12-31T23:59:59Z", nil), ("2026-13-01T00:00:00Z", nil),
            ("2026-00-01T00:00:00Z", nil), ("2026-01-00T00:00:00Z", nil), ("2026-04-31T00:00:00Z", nil),
            ("2026-01-01T24:00:00Z", nil), ("2026-01-01T00:60:00Z", nil), ("2026-01-01T00:00:60Z", nil),
            ("2026-01-01T00:00:00", nil), ("2026-01-01 00:00:00Z", nil), ("2026-01-01T00:00:00+", nil),
        ] as [(String, Int64?)])
    func instants(text: String, milliseconds: Int64?) throws {
        guard let milliseconds else {
            guard case .syntax? = refusal("time set \(text)") else {
                Issue.record("\(text): \(String(describing: refusal("time set \(text)")))")
                return
            }
            return
        }
        let typed = try parsed("time set \(text)")
        #expect(typed.integer("utc") == milliseconds)
        let asked = try MachineRequest(
            parsing: "{\"cmd\":\"time.set\",\"args\":{\"utc_ms\":\(milliseconds)}}"
        ).invocation
        #expect(typed == asked && asked.canonical == "time set utc=\(text.dropLast()).000Z")
    }

    @Test("a nonce is 16 to 64 bytes of hexadecimal, in either case")
    func nonces() throws {
        let nonce = String(repeating: "A5", count: 16)
        #expect(try parsed("key prove \(nonce)").text("nonce") == nonce.lowercased())
        for wrong in [
            String(repeating: "a5", count: 15), String(repeating: "a5", count: 65), String(repeating: "a", count: 33),
            String(repeating: "g5", count: 16),
        ] {
            guard case .syntax(10, _)? = refusal("key prove \(wrong)") else {
                Issue.record("\(wrong)")
                continue
            }
        }
    }

    @Test("the canonical form is the same whoever asks")
    func canonical() throws {
        let typed = try parsed("limit  set 9.5 1")
        let asked = try MachineRequest(
            parsing: "{\"cmd\":\"limit.set\",\"args\":{\"connector\":1,\"current_ma\":9500}}"
        ).invocation
        #expect(typed == asked)
        #expect(typed.canonical == "limit set current=9.500A connector=1")
        #expect(asked.canonical == typed.canonical)
    }

    @Test("filters")
    func filters() throws {
        let command = try #require(try CommandLine.parse("log 9 | grep a b | head 2 | count"))
        #expect(command.filters == [.grep("a b"), .head(2), .count])
        let lines = ["a b 1", "a b 2", "b", "a b 3"]
        #expect(command.filters.prefix(2).reduce(lines) { $1.apply(to: $0) } == ["a b 1", "a b 2"])
        #expect(command.filters.reduce(lines) { $1.apply(to: $0) } == ["2"])
        #expect(try CommandLine.parse("  ") == nil)
    }

    @Test("Tab")
    func completion() {
        #expect(Completion(of: "stat", role: .viewer) == .insert("us "))
        #expect(Completion(of: "stat", role: .none) == .nothing)
        #expect(Completion(of: "lo", role: .viewer) == .choices(["lock", "log", "login", "logout"]))
        #expect(Completion(of: "journ", role: .viewer) == .insert("al "))
        #expect(Completion(of: "limit ", role: .service) == .choices(["free", "set"]))
        #expect(Completion(of: "limit s", role: .service) == .insert("et "))
        #expect(Completion(of: "limit s", role: .viewer) == .nothing)
    }

    @Test("help says what forbids a command now, and why")
    func help() {
        var viewer = TestShell(role: .viewer)
        #expect(viewer.type("help limit set\r").contains("forbidden now by    needs the role service"))
        var vendor = TestShell()
        #expect(vendor.type("help limit set\r").contains("forbidden now by    none"))
        #expect(vendor.type("help key.rotate\r").contains("forbidden now by    a session is open on connector 1"))
        #expect(
            vendor.type("help\r").contains("key rotate          new device keys, signed by the old ones [a session"))
        #expect(vendor.type("help nonsense\r").contains("error: unknown command \"nonsense\""))
    }

    @Test("each command that reads or changes is refused below its role, and says which one it needs")
    func roles() {
        for row in CommandTable.rows where row.role > .none {
            guard let below = AccessRole(rawValue: row.role.rawValue - 1) else { continue }
            let desk = FixedDesk()
            var shell = TestShell(desk, role: below)
            let values = row.arguments.filter { !$0.isOptional }.map(Self.sample).joined(separator: " ")
            let output = shell.type("\(row.name) \(values)\r")
            #expect(output.contains("needs the role \(row.role.name)"), "\(row.name): \(output)")
            #expect(desk.diary.entries.isEmpty)
        }
    }

    private static func sample(_ argument: CommandArgument) -> String {
        switch argument.kind {
        case .word, .words: "AB"
        case .choice(let choices): choices[0]
        case .integer(let range, _): "\(range.lowerBound)"
        case .thousandths: "16"
        case .hexadecimal(let bytes): String(repeating: "a5", count: bytes.lowerBound)
        case .instant: "2026-11-29T18:40:00Z"
        }
    }
}
