import ServiceShell
import Testing

@Suite("The line editor")
struct LineEditorTests {
    private func events(_ input: String) -> [LineEditor.Event] { events(Array(input.utf8)) }

    private func events(_ input: [UInt8]) -> [LineEditor.Event] {
        var editor = LineEditor()
        return input.compactMap { editor.receive(.byte($0)).event }
    }

    private func echo(_ input: String) -> String {
        var editor = LineEditor()
        return String(decoding: input.utf8.flatMap { editor.receive(.byte($0)).echo }, as: UTF8.self)
    }

    @Test(
        "CR, LF and CRLF each end one line",
        arguments: [
            ("a\rb\r", ["a", "b"]), ("a\nb\n", ["a", "b"]), ("a\r\nb\r\n", ["a", "b"]), ("a\n\rb\r", ["a", "", "b"]),
            ("\r\r\n\n", ["", "", ""]),
        ])
    func lineEnds(input: String, lines: [String]) {
        #expect(events(input) == lines.map { .line($0) })
    }

    @Test(
        "editing",
        arguments: [
            ("ab\u{7F}c\r", "ac"), ("ab\u{8}c\r", "ac"), ("\u{7F}\u{7F}a\r", "a"), ("ab\u{15}c\r", "c"),
            ("one two\u{17}x\r", "one x"), ("one two  \u{17}x\r", "one x"), ("\u{17}a\r", "a"),
            ("a\u{17}\u{17}b\r", "b"),
            ("é\u{7F}a\r", "a"), ("aµ€😀\u{7F}\u{7F}\r", "aµ"), ("µ€\u{17}b\r", "b"), ("a\tb\r", "a b"),
            ("a\u{1B}[Ab\r", "ab"), ("\u{1B}[200~a\u{1B}[201~\r", "a"), ("a\u{1B}ODb\r", "ab"), ("a\u{1B}xb\r", "ab"),
            ("a\u{1B}[1;5Cb\r", "ab"), ("a\u{1B}[\rb\r", "a"), ("a\u{1B}\rb\r", "a"), ("x{\r", "x{"), (" {\r", " {"),
        ])
    func editing(input: String, line: String) {
        #expect(events(input).first == .line(line))
    }

    @Test("what is echoed is what stands on the screen")
    func echoes() {
        #expect(echo("ab\u{7F}") == "ab\u{8} \u{8}")
        #expect(echo("\u{7F}") == "")
        #expect(echo("ab\u{15}") == "ab\u{8} \u{8}\u{8} \u{8}")
        #expect(echo("a bc\u{17}") == "a bc\u{8} \u{8}\u{8} \u{8}")
        #expect(echo("é\u{7F}") == "é\u{8} \u{8}")
        #expect(echo("a\u{3}") == "a^C\r\n")
        #expect(echo("{\"id\":1}\r") == "")
        #expect(echo("{\"id\u{3}") == "")
        #expect(echo("a\u{1B}[A\r") == "a\r\n")
    }

    @Test("control characters and bytes that are no UTF-8 refuse their line, and only that one")
    func damage() {
        let refused = LineEditor.Event.refused(.lineDamaged, isMachine: false)
        for byte in UInt8(0)..<0x20 where ![0x03, 0x08, 0x09, 0x0A, 0x0D, 0x15, 0x17, 0x1B].contains(byte) {
            #expect(events([0x61, byte, 0x62, 0x0D, 0x63, 0x0D]) == [refused, .line("c")], "byte \(byte)")
        }
        #expect(events([0xC3, 0x0D, 0x63, 0x0D]) == [refused, .line("c")])
        #expect(events([0x61, 0x01, 0x15, 0x62, 0x0D]) == [.line("b")])
        #expect(events([0x7B, 0xFF, 0x0D]) == [.refused(.lineDamaged, isMachine: true)])
    }

    @Test("the longest line passes, one byte more is refused", arguments: ["a", "{"])
    func limit(first: String) {
        let isMachine = first == "{"
        let longest = first + String(repeating: "b", count: LineEditor.limit - 1)
        let passes: LineEditor.Event = isMachine ? .machineLine(longest) : .line(longest)
        let refused = LineEditor.Event.refused(.lineTooLong(limit: LineEditor.limit), isMachine: isMachine)
        #expect(events(longest + "\r") == [passes])
        #expect(events(longest + "b\rc\r") == [refused, .line("c")])
        #expect(events(longest + "bb\u{3}c\r") == [.interrupted, .line("c")])
        if !isMachine {
            // Taking one back does not bring back what was dropped; giving up the line does.
            #expect(events(longest + "bb\u{7F}\r") == [refused])
            #expect(events(longest + "bb\u{15}c\r") == [.line("c")])
        }
    }

    @Test("a machine line is not edited")
    func machineLines() {
        #expect(events("{a\u{7F}\t\u{1B}b\r") == [.machineLine("{a\u{7F}\t\u{1B}b")])
    }

    @Test("BREAK gives up whatever was under way")
    func lineBreak() {
        var editor = LineEditor()
        _ = editor.receive(.byte(UInt8(ascii: "x")))
        #expect(editor.receive(.lineBreak).event == .interrupted)
        #expect(editor.isAtStart)
    }

    @Test("marks of a terminal that reports errors, cut anywhere")
    func marks() {
        var line = MarkedLine()
        let bytes: [UInt8] = [0x61, 0xFF, 0xFF, 0xFF, 0x00, 0x62, 0xFF, 0x00, 0x00, 0x63, 0xFF, 0x07, 0x64]
        let symbols = bytes.compactMap { line.receive($0) }
        #expect(
            symbols == [.byte(0x61), .byte(0xFF), .damaged, .lineBreak, .byte(0x63), .damaged, .byte(0x64)])
    }
}
