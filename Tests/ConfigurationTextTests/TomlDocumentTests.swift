import ConfigurationText
import Testing

@Suite struct TomlDocumentTests {
    private func mistakes(_ text: String, _ read: (TomlTable) -> Void) -> [String] {
        do throws(ConfigurationError) {
            let document = try TomlDocument(bytes: Array(text.utf8), file: "f.toml")
            read(document.root)
            try document.finish()
            return []
        } catch {
            return error.mistakes.map(\.description)
        }
    }

    @Test func `a clean document yields its values and no mistake`() throws {
        let document = try TomlDocument(
            bytes: Array("a = 1\nb = 'x'\nc = 1.5\nd = true\ne = [1, 2]\n[t]\nk = [\"p\"]\n[[u]]\nv = 7\n".utf8),
            file: "f")
        let root = document.root
        #expect(root.integer("a", in: 0...1) == 1)
        #expect(root.string("b") == "x")
        #expect(root.number("c", in: 0...2) == 1.5)
        #expect(root.boolean("d") == true)
        #expect(root.integers("e", in: 0...9) == [1, 2])
        #expect(root.table("t")?.strings("k") == ["p"])
        #expect(root.tables("u")?.map { $0.integer("v", in: 7...7) } == [7])
        #expect(root.integer("absent", in: 0...1, required: false) == nil)
        try document.finish()
    }

    @Test func `one run reports every mistake, in the order of the lines`() {
        let text = """
            a = "one"
            b = 300

            [t]
            x = 1
            wrong = 2
            [[u]]
            v = 1
            [[u]]
            w = 2
            """
        let found = mistakes(text) { root in
            for table in root.tables("u") ?? [] { _ = table.integer("v", in: 0...9) }
            _ = root.table("t")?.integer("x", in: 0...9)
            _ = root.integer("b", in: 0...255)
            _ = root.integer("a", in: 0...9)
            _ = root.string("c")
        }
        #expect(
            found == [
                "f.toml:1:1: c: expected a string of 1 to 255 bytes, found nothing",
                "f.toml:1:5: a: expected an integer from 0 to 9, found the string \"one\"",
                "f.toml:2:5: b: expected an integer from 0 to 255, found the integer 300",
                "f.toml:6:1: t.wrong: expected one of x, found an unknown key",
                "f.toml:9:3: u[1].v: expected an integer from 0 to 9, found nothing",
                "f.toml:10:1: u[1].w: expected one of v, found an unknown key",
            ])
    }

    @Test func `positions hold inside inline tables, arrays, dotted and quoted keys, after every kind of string`() {
        let text = """
            s = '''
            [no.header] # "
            ''' # comment = 1
            m = \"\"\"a \\\" b = [ \"\"\"\"
            "å" = { x = [ 1, { "k.é" = 2 } ], y.z = 3 } # tail
            "q\\u0041" . b = [
              # comment ]
              4,
              'no' ]
            """
        let found = mistakes(text) { root in
            root.report("s", expected: "s", found: "s")
            root.report("m", expected: "m", found: "m")
            root.report("å", expected: "å", found: "å")
            root.allowAnyKey()
            let table = root.table("å")
            _ = table?.integers("x", in: 0...9)
            _ = table?.table("y")?.string("z")
            _ = root.table("qA")?.integers("b", in: 0...9)
        }
        #expect(
            found == [
                "f.toml:1:5: s: expected s, found s",
                "f.toml:4:5: m: expected m, found m",
                "f.toml:5:7: \"å\": expected å, found å",
                "f.toml:5:18: \"å\".x[1]: expected one of the integers from 0 to 9, found a table",
                "f.toml:5:41: \"å\".y.z: expected a string of 1 to 255 bytes, found the integer 3",
                "f.toml:9:3: qA.b[1]: expected one of the integers from 0 to 9, found the string \"no\"",
            ])
    }

    @Test func `an unknown table inside an array element is found by name and place`() {
        let found = mistakes("[[a]]\n[a.b]\nk = 1\n[[a.c]]\nx = 1\n[[a]]\n[[a.c]]\ny = 2\n") { root in
            for table in root.tables("a") ?? [] {
                for inner in table.tables("c") ?? [] { _ = inner.integer("x", in: 0...9) }
            }
        }
        #expect(
            found == [
                "f.toml:2:4: a[0].b: expected one of c, found an unknown key",
                "f.toml:7:5: a[1].c[0].x: expected an integer from 0 to 9, found nothing",
                "f.toml:8:1: a[1].c[0].y: expected one of x, found an unknown key",
            ])
    }

    @Test(arguments: [
        ("a = \n", "f.toml:1:5: expected valid TOML"), ("a = 1\na = 2\n", "f.toml:2:"),
        ("[!]\n", "f.toml:1:2: expected the key of a table"), ("[[ {x]]\n", "f.toml:1:4: expected the key"),
        ("[t\n", "f.toml:1:3: expected valid TOML"), ("a = 99999999999999999999\n", "f.toml:1:"),
        ("a = \"x\\u0000y\"\n", "f.toml:1:7: expected text without NUL"),
    ]) func `what is not TOML is refused with its place`(text: String, start: String) {
        let found = mistakes(text) { _ in }
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(start) == true, "\(found)")
    }

    @Test func `bytes that are not UTF-8 and a bare NUL are refused with their place`() {
        #expect(throws: ConfigurationError.self) { try TomlDocument(bytes: [0x61, 0x0A, 0xC3, 0x28], file: "f") }
        do {
            _ = try TomlDocument(bytes: Array("a = 1\nb = \"".utf8) + [0xFF], file: "f")
            Issue.record("accepted")
        } catch {
            #expect(error.mistakes.first?.position == TextPosition(line: 2, column: 6))
        }
        do {
            _ = try TomlDocument(bytes: [0x61, 0x00], file: "f")
            Issue.record("accepted")
        } catch {
            #expect(error.mistakes.first?.position == TextPosition(line: 1, column: 2))
        }
    }

    @Test func `a missing file, a directory and an endless device are unreadable, not waited for`() {
        for path in ["/nonexistent/x.toml", "/tmp", "/dev/zero"] {
            #expect(throws: ConfigurationError.self) { try TomlDocument(path: path) }
        }
    }

    @Test func `no truncation and no flipped bit of a document makes the reader trap`() {
        let text = Array("s='''x'''\n[a]\nb={c=[1,{d=\"\\u00e9\"}],e.f=2}\n[[g.\"h\"]]\ni=1979-05-27 07:32:00\n".utf8)
        var variants = (0...text.count).map { Array(text.prefix($0)) }
        for index in text.indices {
            for bit in 0..<8 {
                var variant = text
                variant[index] ^= 1 << UInt8(bit)
                variants.append(variant)
            }
        }
        var accepted = 0
        for variant in variants {
            guard let document = try? TomlDocument(bytes: variant, file: "f") else { continue }
            accepted += 1
            _ = document.root.string("s")
            try? document.finish()
        }
        #expect(accepted > 10)
    }

    @Test func `a byte order mark and CRLF line ends do not shift columns`() {
        let bytes: [UInt8] = [0xEF, 0xBB, 0xBF] + Array("a = 1\r\nb = 2\r\n".utf8)
        do {
            let document = try TomlDocument(bytes: bytes, file: "f")
            try document.finish()
            Issue.record("accepted")
        } catch {
            #expect(error.mistakes.map(\.position.line) == [1, 2])
            #expect(error.mistakes.map(\.position.column) == [1, 1])
        }
    }
}
