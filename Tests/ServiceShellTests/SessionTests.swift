import Foundation
import Testing

@testable import ServiceShell

@Suite("The shell's sessions")
struct SessionTests {
    private func run(_ input: String, desk: any ServiceDesk = FixedDesk()) -> String {
        var shell = TestShell(desk)
        return shell.type(input)
    }

    @Test(
        "a line's end of two bytes starts watching, any key ends it, and a program's request or a damaged byte is part of a line"
    )
    func watching() {
        var shell = TestShell()
        _ = shell.type("watch 200\r\n")
        #expect(shell.session.watching != nil)
        _ = shell.type("x")
        #expect(shell.session.watching == nil)
        #expect(shell.type("whoami\r").contains("tester"))
        _ = shell.type("watch\r\n")
        #expect(shell.type("{\"id\":3,\"cmd\":\"whoami\"}\n").contains("\"id\":3,\"ok\":true"))
        _ = shell.type("watch\r\n")
        _ = shell.type([.damaged])
        #expect(shell.type("whoami\r").contains("error:"))
        shell.session.pager.height = 3
        _ = shell.type("help\r\n")
        #expect(shell.session.pager.isWaiting)
        #expect(shell.type("{\"id\":4,\"cmd\":\"whoami\"}\n").contains("\"id\":4,\"ok\":true"))
    }

    @Test("people: the transcript of every command")
    func peopleTranscript() throws {
        var shell = TestShell()
        let commands = [
            "help", "help status", "help limit set", "ident", "whoami", "status", "pilot", "pp", "meter", "rcd",
            "contactor", "pe", "temps", "lock", "power", "faults", "session", "limit", "time", "journal", "ledger",
            "key",
            "bus", "bus scan", "log 2", "selftest", "bundle", "bundle read 2048", "frob", "", "limit set 9.5 1",
            "confirm \(TestShell.token(for: "limit set current=9.500A connector=1"))", "key rotate",
            "key destroy 0102", "faults | grep name",
            "meter | count",
        ]
        let transcript =
            String(decoding: shell.session.greeting(), as: UTF8.self)
            + shell.type(commands.map { $0 + "\r" }.joined())
        #expect(!transcript.replacingOccurrences(of: "\r\n", with: "").contains("\n"))
        #expect(!transcript.contains("\u{1B}"), "a meter's serial number steers the terminal")
        let expected = try Transcripts.read("people.txt")
        #expect(transcript.replacingOccurrences(of: "\r\n", with: "\n") == expected)
    }

    @Test("programs: the transcript of every command")
    func machineTranscript() throws {
        let pairs = try Transcripts.read("machine.txt").split(separator: "\n").map(String.init)
        try #require(pairs.count % 2 == 0 && pairs.count > 20)
        for index in stride(from: 0, to: pairs.count, by: 2) {
            let (request, reply) = (pairs[index], pairs[index + 1])
            #expect(run(request + "\n") == reply + "\n", "\(request)")
            #expect(throws: Never.self, "\(reply)") { try JSONSerialization.jsonObject(with: Data(reply.utf8)) }
        }
    }

    @Test("both renderings tell the same: each value of the JSON stands in the lines for people")
    func sameContent() throws {
        let people = run("journal\r")
        let reply = try #require(
            try JSONSerialization.jsonObject(with: Data(run("{\"id\":1,\"cmd\":\"journal\"}\r").utf8)) as? [String: Any]
        )
        let data = try #require(reply["data"] as? [String: Any])
        for (name, value) in data where !(value is [Any]) && !(value is NSNull) {
            let label = name.replacingOccurrences(of: "_", with: " ")
            let line = people.components(separatedBy: "\r\n").first { $0.hasPrefix(label + " ") }
            #expect(line?.hasSuffix(" \(value)") == true, "\(name): \(value)")
        }
    }

    @Test("a firmware that cannot answer says so, and the shell lives on")
    func unavailable() {
        #expect(run("status\r", desk: EmptyDesk()).contains("error: not available: the firmware is starting\r\n"))
        #expect(run("meter\r", desk: EmptyDesk()).contains("meters: none\r\n"))
        #expect(
            run("{\"id\":3,\"cmd\":\"status\"}\r", desk: EmptyDesk())
                == "{\"id\":3,\"ok\":false,\"err\":\"E_UNAVAILABLE\",\"msg\":\"not available: the firmware is starting\"}\n"
        )
        var shell = TestShell(EmptyDesk())
        #expect(String(decoding: shell.session.greeting(), as: UTF8.self).contains("error: not available"))
    }

    @Test("one session, cut everywhere: the answers do not depend on how the bytes arrive")
    func chunkings() {
        let script = Array(
            "help\r\nstatsu\u{7F}\u{7F}\u{7F}tus x\u{17}\n{\"id\":1,\"cmd\":\"faults\"}\r\nabc\u{3}me\u{1B}[Ater\r{\"x\u{3}\rµé\u{8}\r"
                .utf8)
        var whole = TestShell()
        let expected = whole.session.receive(script, at: whole.now)
        for cut in 0...script.count {
            for second in [cut, (cut + script.count) / 2, script.count] {
                var shell = TestShell()
                let parts = [script[..<cut], script[cut..<second], script[second...]]
                let output = parts.flatMap { shell.session.receive(Array($0), at: shell.now) }
                guard output == expected else {
                    Issue.record("cut at \(cut) and \(second)")
                    return
                }
            }
        }
        var shell = TestShell()
        #expect(script.flatMap { shell.session.receive([$0], at: shell.now) } == expected)
    }

    @Test("a person and a program may alternate on one line")
    func alternation() {
        let output = run(
            "{\"id\":1,\"cmd\":\"help\",\"args\":{\"command\":\"ident\"}}\n\r{\"id\":2,\"cmd\":\"nope\"}\nfoo\r")
        let expected = [
            "{\"id\":1,\"ok\":true,\"data\":{\"usage\":\"ident\",\"does\":\"product, serial, device id, firmware, uptime\",\"role\":\"none\",\"changes_the_device\":false,\"forbidden_now_by\":null}}\n",
            "wattseal> \r\nwattseal> ",
            "{\"id\":2,\"ok\":false,\"err\":\"E_UNKNOWN_COMMAND\",\"msg\":\"unknown command \\\"nope\\\"; help lists them\"}\n",
            "wattseal> foo\r\nerror: unknown command \"foo\"; help lists them\r\nwattseal> ",
        ]
        #expect(output == expected.joined())
    }

    @Test("BREAK leads back to the greeting from any state", arguments: ["", "stat", "{\"id\":", "\u{1B}[", "x\u{1}"])
    func lineBreak(before: String) {
        var shell = TestShell()
        _ = shell.type(before)
        let output = shell.type([.lineBreak])
        var fresh = TestShell()
        #expect(output == String(decoding: fresh.session.greeting(), as: UTF8.self))
        #expect(shell.type("ident\r") == fresh.type("ident\r"))
    }

    @Test("a damaged byte keeps its line from being executed", arguments: 0...6)
    func damage(place: Int) {
        var shell = TestShell()
        var symbols = "faults\r".utf8.map { LineSymbol.byte($0) }
        symbols.insert(.damaged, at: place)
        let output = shell.type(symbols)
        #expect(output.contains("error: line held bytes that are no text; nothing executed"))
        #expect(!output.contains("welded"))
        #expect(shell.type("faults\r").contains("welded"))
    }

    @Test("64 KiB pasted without a line end: one refusal, and the next command works")
    func paste() {
        for first in ["x", "{"] {
            var shell = TestShell()
            let shown = shell.type(first + String(repeating: "a", count: 65_536))
            #expect(shown.utf8.count <= LineEditor.limit + 1)
            let end = shell.type("\r")
            #expect(end.contains(first == "{" ? "E_LINE_TOO_LONG" : "error: line longer than 1024 bytes"))
            #expect(shell.type("ident\r").contains("W1-000042"))
        }
    }

    @Test("random bytes never trap, and every machine reply is a JSON object", arguments: 1...20)
    func noise(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var shell = TestShell()
        let words = ["help", "ident", "{\"id\":1,\"cmd\":\"status\"}", "{\"", "\r", "\n", "\u{3}", "\u{1B}[200~", " "]
        var replies = 0
        for _ in 0..<3_000 {
            let chunk: [UInt8] =
                Bool.random(using: &generator)
                ? Array(words.randomElement(using: &generator)?.utf8 ?? "".utf8)
                : (0..<Int.random(in: 1...8, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator)
                }
            let output = shell.type(chunk.map { .byte($0) })
            for line in output.split(whereSeparator: \.isNewline)
            where line.hasPrefix("{\"id\":") && line.hasSuffix("}") {
                if line.contains("\"ok\":") {
                    replies += 1
                    #expect(throws: Never.self, "seed \(seed): \(line)") {
                        try JSONSerialization.jsonObject(with: Data(line.utf8))
                    }
                }
            }
        }
        #expect(replies > 0, "seed \(seed)")
    }

    @Test("one flipped bit never makes one command of another")
    func bitFlips() {
        let names = ["help", "ident", "status", "meter", "journal", "ledger", "faults", "pilot", "power", "selftest"]
        for name in names {
            for index in 0..<(name.utf8.count * 8) {
                var bytes = Array(name.utf8)
                bytes[index / 8] ^= 1 << (index % 8)
                let output = run(String(decoding: bytes, as: UTF8.self) + "\r")
                // A flip into a blank or a line end may leave a shorter word; none of those is a command either.
                #expect(output.contains("error: ") || output.contains("\"ok\":false"), "\(name) with bit \(index)")
            }
        }
    }
}
