import Quantities
import Testing

@testable import ServiceShell

@Suite("A terminal that moves its cursor")
struct TerminalTests {
    /// What a VT100 shows on its last line: enough of one to hold echoes against.
    private struct Screen {
        var line: [Character] = []
        var cursor = 0

        mutating func show(_ text: String) {
            var rest = Array(text)[...]
            while let character = rest.popFirst() {
                switch character {
                case "\u{1B}":
                    _ = rest.popFirst()
                    let digits = rest.prefix { $0.isNumber }
                    rest = rest.dropFirst(digits.count)
                    switch rest.popFirst() {
                    case "D": cursor -= Int(String(digits)) ?? 1
                    case "K": line = Array(line[..<cursor])
                    default: break
                    }
                case "\u{8}": cursor -= 1
                case "\r\n", "\n", "\r": (line, cursor) = ([], 0)
                case "\u{7}": break
                default:
                    if cursor < line.count { line[cursor] = character } else { line.append(character) }
                    cursor += 1
                }
            }
        }
    }

    private func typed(_ input: String) -> (shown: String, line: String?) {
        var editor = LineEditor()
        editor.isTerminal = true
        for line in ["status", "faults", "limit set 16"] { editor.remember(line) }
        var screen = Screen()
        var echo: [UInt8] = []
        for byte in input.utf8 { echo += editor.receive(.byte(byte)).echo }
        screen.show(String(decoding: echo, as: UTF8.self))
        guard case .line(let line)? = editor.receive(.byte(0x0D)).event else {
            return (String(screen.line), nil)
        }
        return (String(screen.line), line)
    }

    @Test(
        "what is on the screen is what is delivered",
        arguments: [
            ("abc\u{1B}[DX", "abXc"), ("abc\u{1}X", "Xabc"), ("abc\u{1}\u{5}X", "abcX"), ("abc\u{2}\u{2}X", "aXbc"),
            ("abc\u{1}\u{6}X", "aXbc"), ("abc\u{1}\u{4}", "bc"), ("abc\u{1}\u{B}X", "X"), ("abc\u{2}\u{B}", "ab"),
            ("abc\u{2}\u{15}X", "X"), ("aéc\u{2}\u{2}X", "aXéc"), ("aéc\u{2}\u{7F}", "ac"),
            ("abc\u{1B}[HX\u{1B}[FY", "XabcY"),
            ("abc\u{1B}[1~X\u{1B}[4~Y", "XabcY"), ("abc\u{1}\u{1B}[3~", "bc"), ("abc\u{4}", "abc"),
            ("abc\u{6}X", "abcX"),
            ("\u{2}\u{1B}[DX", "X"), ("one two\u{2}\u{17}", "one o"), ("\u{1B}[A", "limit set 16"),
            ("\u{1B}[A\u{1B}[A\u{1B}[A\u{1B}[A", "status"), ("ab\u{10}\u{E}", "ab"),
            ("ab\u{10}\u{10}\u{E}", "limit set 16"),
            ("\u{1B}OA", "limit set 16"), ("\u{1B}[1;5Ax", "x"), ("\u{12}fau\r", "faults"),
            ("\u{12}s\u{12}\r", "faults"),
            ("\u{12}s\u{12}\u{12}\r", "status"), ("\u{12}sta\u{7F}\u{7F}\u{7F}lim\r", "limit set 16"),
            ("\u{12}zzz\r", ""),
        ])
    func editing(input: String, line: String) {
        let (shown, delivered) = typed(input)
        #expect(delivered == line)
        #expect(shown == line, "the screen")
    }

    @Test("a search that is given up leaves nothing, and what it found is executed by no key of its own")
    func search() {
        let (shown, line) = typed("\u{12}lim\u{3}")
        #expect(shown == "" && line == "")
        var shell = TestShell()
        _ = shell.type("\u{1B}[24;80R" + "stop\r\u{12}stop\r")
        #expect(!shell.type("x").contains("confirm"))
    }

    @Test("a terminal that does not answer is dumb: its control characters refuse their line")
    func dumb() {
        var editor = LineEditor()
        let events = [0x61, 0x01, 0x0D].compactMap { editor.receive(.byte($0)).event }
        #expect(events == [.refused(.lineDamaged, isMachine: false)])
    }

    @Test("a person's terminal is asked once, behind the first character; a program's never")
    func probing() {
        var shell = TestShell(probes: true)
        #expect(!shell.type("{\"id\":1,\"cmd\":\"ident\"}\n").contains("\u{1B}"))
        #expect(shell.type("i").contains("\u{1B}[6n"))
        #expect(!shell.type("dent\r").contains("\u{1B}"))
        #expect(!shell.type("ident\r").contains("\u{1B}"))
    }

    @Test("secrets are in no history, and neither is anything after a logout")
    func secrets() throws {
        var shell = TestShell(role: nil)
        _ = shell.type("\u{1B}[24;80R")
        _ = try shell.logIn()
        _ = shell.type("q login code ABCDEFGHIJ\rlogin code ABCDEFGHIJ\rstatus\rq")
        #expect(shell.session.editor.history.lines == ["status"])
        _ = shell.type([.lineBreak])
        #expect(shell.session.editor.history.lines.isEmpty)
    }

    @Test("history holds 64 lines, and a repeated one once")
    func historyLimit() {
        var history = LineHistory()
        for number in 0..<100 { history.remember("line \(number)") }
        history.remember("line 99")
        history.remember("")
        #expect(history.lines.count == LineHistory.limit && history.lines.last == "line 99")
        #expect(history.lines.first == "line 36")
    }

    @Test("what is longer than the screen waits for a key")
    func paging() {
        var shell = TestShell()
        _ = shell.type("term ansi 6\r")
        let first = shell.type("help\r")
        #expect(first.hasSuffix("--More--") && first.split(whereSeparator: \.isNewline).count == 7, "\(first)")
        let next = shell.type("\r")
        #expect(next.hasPrefix("\r\u{1B}[K") && next.hasSuffix("--More--"))
        #expect(next.split(whereSeparator: \.isNewline).count == 2)
        #expect(shell.type("x") == "")
        #expect(shell.type(" ").split(whereSeparator: \.isNewline).count == 6)
        #expect(shell.type("q") == "\r\u{1B}[Kwattseal> ")
        #expect(shell.type("help | count\r").contains("\r\n\(CommandTable.rows.count)\r\nwattseal> "))
        // Shorter than the screen, to a program, or with paging off: all at once.
        #expect(!shell.type("whoami\r").contains("--More--"))
        #expect(!shell.type("{\"cmd\":\"help\"}\n").contains("--More--"))
        _ = shell.type("term ansi 0\r")
        #expect(shell.type("help\r").hasSuffix("wattseal> "))
        _ = shell.type("term ansi 6\rhelp\r")
        #expect(shell.type([.lineBreak]).contains("Wattseal service shell"))
        #expect(shell.type("ident\r").contains("W1-000042"))
    }

    @Test("Tab completes, shows choices, and Ctrl-L clears")
    func completion() {
        var shell = TestShell()
        _ = shell.type("\u{1B}[24;80R")
        #expect(shell.type("stat\t") == "status ")
        #expect(shell.type("\u{15}lo\t").contains("\r\nlock  log  login  logout\r\nwattseal> lo"))
        #expect(shell.type("\u{15}zz\t").hasSuffix("\u{7}"))
        #expect(shell.type("\u{15}ab\u{C}").hasSuffix("\u{1B}[H\u{1B}[2Jwattseal> ab"))
    }
}
