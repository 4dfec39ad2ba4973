import Testing

/// Each rule of the tidy lets the right thing through and finds the wrong one.
@Suite("Rules of the tidy")
struct RuleTests {
    static let rooms = [
        Room(name: "Base", folder: "Sources/Base", isPure: true),
        Room(name: "Middle", folder: "Sources/Middle", rooms: ["Base"], libraries: ["Crypto"]),
        Room(name: "Top", folder: "Sources/Top", rooms: ["Middle"], system: ["Glibc"]),
    ]

    @Test(
        "imports along the arrows pass",
        arguments: [
            ("Sources/Top/A.swift", "import Base\npublic import Middle\nimport Glibc\n"),
            ("Sources/Middle/A.swift", "internal import Crypto\n"),
            ("Sources/Base/A.swift", "// import Glibc\nlet a = \"import Glibc\"\n"),
            ("Sources/Base/A.swift", "/* a\nimport Glibc\n*/ import Swift\n"),
            ("Tests/BaseTests/A.swift", "import Foundation\nimport Top\n"),
            ("Sources/Base/A.swift", "init(\n    import register: Int,\n    other: Int)"),
            ("Sources/Top/A.md", "import Foundation\n"),
        ])
    func goodImports(path: String, text: String) {
        #expect(ImportRule.check(path: path, text: text, rooms: Self.rooms) == [])
    }

    @Test(
        "imports against the arrows are found, with their line",
        arguments: [
            ("Sources/Base/A.swift", "\nimport Middle\n", 2),
            ("Sources/Top/A.swift", "import Crypto  // for hashes\n", 1),
            ("Sources/Top/A.swift", "import Base\n@preconcurrency import Foundation\n", 2),
            ("Sources/Top/A.swift", "@_spi(X) public import NIOCore", 1),
            ("Sources/Base/A.swift", "import struct Glibc.timespec\n", 1),
            ("Sources/Base/A.swift", "import Swift; import Glibc\n", 1),
            ("Sources/Base/Deep/A.swift", "/*\n*/\nimport Glibc.stdio\n", 3),
        ])
    func badImports(path: String, text: String, line: Int) {
        #expect(ImportRule.check(path: path, text: text, rooms: Self.rooms).map(\.line) == [line])
    }

    @Test("arrows of the house lead down to rooms that exist, and never round")
    func arrowsAreSound() {
        let names = Arrows.rooms.map(\.name)
        #expect(Set(names).count == names.count)
        for room in Arrows.rooms {
            #expect(Set(room.rooms).isSubset(of: names), "\(room.name) points at no room")
            #expect(!Arrows.reachable(from: room).contains(room.name), "\(room.name) leans on itself")
            #expect(!room.system.contains("Foundation") && !room.libraries.contains("Foundation"))
            #expect(["Sources/", "Tools/", "Tests/Support/"].contains { room.folder.hasPrefix($0) })
            if room.folder.hasPrefix("Sources/") {
                // `wattseal conformance` runs the core against the plant's model: the one tool that ships, and never to a device.
                let isReport = room.name == "Conformance" || room.name == "wattseal"
                let below = Arrows.reachable(from: room).filter { !isReport || $0 != "Simulator" }
                    .compactMap { Arrows.room(named: $0)?.folder }
                #expect(
                    below.allSatisfy { $0.hasPrefix("Sources/") }, "\(room.name) ships and leans on a tool or a test")
            }
        }
        for room in Arrows.rooms where room.isPure {
            let leansOn = Arrows.reachable(from: room).filter { $0 != "CInvariant" }
            #expect(
                leansOn.allSatisfy { Arrows.room(named: $0)?.isPure == true }, "\(room.name) leans on an impure room")
            #expect(Set(room.system).isSubset(of: ["FoundationEssentials", "Synchronization"]))
        }
    }

    @Test(
        "size: the line at the limit passes, the next is found",
        arguments: [
            ("A.swift", 500, 0), ("A.swift", 501, 1), ("a.c", 501, 1), ("a.py", 501, 1), ("a.sh", 501, 1),
            ("a.md", 501, 0), ("a.toml", 501, 0),
        ])
    func sizes(path: String, lines: Int, violations: Int) {
        let text = String(repeating: "x\n", count: lines)
        #expect(SizeRule.check(path: path, text: text).count == violations)
        #expect(SizeRule.check(path: path, text: String(text.dropLast())).count == violations)
        #expect(SizeRule.check(path: "Tools/run", text: "#!/usr/bin/env bash\n" + text).count == (lines > 499 ? 1 : 0))
    }

    @Test(
        "calls that are allowed pass",
        arguments: [
            ("Sources/Base/A.swift", "let a = values.random(in: 0..<5, using: &generator)"),
            ("Sources/Base/A.swift", "// print(\"x\"), Date(), fatalError()\n/* time(nil) */"),
            ("Sources/Base/A.swift", "let text = \"Date() and open(path, O_RDONLY)\""),
            ("Sources/Base/A.swift", "case close(Close), open(Open)\nself = .open(open)\nlet time = time(of: record)"),
            ("Sources/Base/A.swift", "let key = try PrivateKey(rawRepresentation: seed)"),
            ("Sources/Base/A.swift", "invariant(a < b, \"assert(x)\"); static_assert(1); x.assert(); if try !f() {}"),
            (
                "Sources/Top/A.swift",
                "let now = ContinuousClock.now; print(\"x\"); let d = Date(); open(\"/x\", O_RDWR)"
            ),
            ("Tests/BaseTests/A.swift", "try! f(); fatalError()"),
        ])
    func goodCalls(path: String, text: String) {
        #expect(CallRule.check(path: path, text: text, rooms: Self.rooms) == [])
    }

    @Test(
        "banned calls in a pure room are found",
        arguments: [
            "clock_gettime(CLOCK_MONOTONIC, &t)", "gettimeofday(&t, nil)", "time(nil)", "Date()", "Date.now",
            "Date.init()", "ContinuousClock.now", "SuspendingClock()", "open(\"/dev/null\", 0)",
            "open(path, O_RDONLY)", "openat(folder, name, O_RDWR)", "fopen(path, mode)",
            "FileManager.default", "FileHandle(forReadingAtPath: p)", "print(x)", "debugPrint(x)", "fputs(x, stderr)",
            "Int.random(in: 0..<5)", "list.randomElement()", "list.shuffled()", "SystemRandomNumberGenerator()",
            "Curve25519.Signing.PrivateKey()", "P256.Signing.PrivateKey(compactRepresentable: false)", "UUID()",
            "getenv(name)", "let x = \"\\(Date())\"", "let x = #\"\\#(time(nil))\"#", "f(\"a\\\"\", Date())",
        ])
    func badCallsInPureRooms(text: String) {
        let padded = "let before = 1\n\n" + text + "\nlet after = 2\n"
        #expect(CallRule.check(path: "Sources/Base/A.swift", text: padded, rooms: Self.rooms).map(\.line) == [3])
        #expect(CallRule.check(path: "Sources/Top/A.swift", text: padded, rooms: Self.rooms) == [])
    }

    @Test(
        "silent traps are found everywhere in Sources",
        arguments: [
            ("Sources/Top/A.swift", "precondition(x > 0)"), ("Sources/Top/A.swift", "preconditionFailure()"),
            ("Sources/Base/A.swift", "fatalError(\"no\")"), ("Sources/Top/A.swift", "assert(x)"),
            ("Sources/Top/A.swift", "assertionFailure()"), ("Sources/Top/A.swift", "let x = try! f()"),
            ("Sources/CThing/a.c", "assert(x);"),
        ])
    func traps(path: String, text: String) {
        #expect(CallRule.check(path: path, text: text, rooms: Self.rooms).count == 1)
    }

    @Test("words: notes of unfinished work and paths of one machine are found, look-alikes pass")
    func words() {
        let note = "TO" + "DO"
        let path = "/wo" + "rk/main"
        let scratch = "/tmp" + "/w/x"
        #expect(WordRule.check(path: "Sources/A/a.swift", text: "a\n// \(note): b\n").map(\.line) == [2])
        #expect(WordRule.check(path: "Sources/A/a.swift", text: "// \(note)").map(\.line) == [1])
        #expect(WordRule.check(path: "Sources/A/a.swift", text: "let AUTODOC = \(note)S") == [])
        #expect(WordRule.check(path: "README.md", text: "\(note)") == [])
        #expect(WordRule.check(path: "README.md", text: "see \(path)").map(\.line) == [1])
        #expect(WordRule.check(path: "a.toml", text: "\n\nx=\"\(scratch)\"").map(\.line) == [3])
        #expect(WordRule.check(path: "README.md", text: "src\(path), $HOME\(path), ${X}\(path)") == [])
    }

    @Test("a manifest that agrees with folders and arrows passes")
    func goodManifest() {
        #expect(ManifestRule.check(dump: Self.dump(), files: Self.files, rooms: Self.rooms) == [])
    }

    @Test("a manifest that does not is found")
    func badManifest() {
        func count(_ dump: String, _ files: [String]) -> Int {
            ManifestRule.check(dump: dump, files: files, rooms: Self.rooms).count
        }
        #expect(count("no JSON", Self.files) == 1)
        #expect(count(Self.dump(middle: #"{"byName": ["Top", null]}"#), Self.files) == 1)
        #expect(count(Self.dump(middle: #"{"product": ["NIOCore", "swift-nio", null, null]}"#), Self.files) == 1)
        #expect(count(Self.dump(path: "Sources/Elsewhere"), Self.files) == 3)  // moved, empty there, stray here
        // no room of that name, and Base is built by none
        #expect(count(Self.dump(name: "Unknown"), Self.files + ["Sources/Unknown/a.swift"]) == 2)
        #expect(count(Self.dump(), Self.files.filter { !$0.hasPrefix("Sources/Base/") }) == 1)
        #expect(count(Self.dump(), Self.files.filter { !$0.hasPrefix("Tests/") }) == 1)
        #expect(count(Self.dump(), Self.files + ["Sources/Stray/a.c"]) == 1)
        #expect(count(Self.dump(), Self.files + ["Sources/loose.swift"]) == 1)
        #expect(count(Self.dump(), Self.files + ["Tests/Stray/a.swift"]) == 1)
        #expect(count(Self.dump(), Self.files + ["Tools/Stray/a.swift"]) == 1)
        #expect(count(Self.dump(), Self.files + ["Tools/Benchmarks/Sources/a.swift", "Tools/test"]) == 0)
    }

    @Test("a room without a row is found")
    func rows() {
        let table = "# Rooms\n| Target | What |\n|---|---|\n| `Base`, `Top` | x |\n| `Middle` | `Other` |\n`Lost`\n"
        #expect(RepositoryRule.checkRows(of: table, rooms: Self.rooms) == [])
        let more = ["Other", "Lost"].map { Room(name: $0, folder: "Sources/\($0)") }
        #expect(RepositoryRule.checkRows(of: table, rooms: Self.rooms + more).count == 2)
        #expect(RepositoryRule.checkRows(of: table, rooms: [Room(name: "Tool", folder: "Tools/Tool")]) == [])
    }

    @Test("tracked resolved versions are found")
    func resolved() {
        #expect(RepositoryRule.checkTracked(["Package.swift"]) == [])
        #expect(RepositoryRule.checkTracked(["Package.resolved", "Tools/Benchmarks/Package.resolved"]).count == 2)
    }

    @Test("scripts: executable bit, interpreter and strictness go together")
    func scripts() {
        func count(_ path: String, _ text: String, _ isExecutable: Bool) -> Int {
            RepositoryRule.checkScript(.init(path: path, text: text, isExecutable: isExecutable)).count
        }
        let strict = "#!/usr/bin/env bash\n# what it does\nset -euo pipefail\n"
        #expect(count("Tools/x", strict, true) == 0)
        #expect(count("Tools/x", strict, false) == 1)
        #expect(count("Tools/x", "set -euo pipefail\n", true) == 1)
        #expect(count("Tools/x", "#!/usr/bin/env bash\necho\n", true) == 1)
        #expect(count("Tools/lib/x.sh", "f() { :; }\n", false) == 0)
        #expect(count("Tools/x.py", "#!/usr/bin/env python3\n", true) == 0)
        #expect(count("README.md", "# Wattseal\n", false) == 0)
    }

    @Test("code is what is left when comments and strings are blanked; lines stay")
    func sourceText() {
        let text =
            "a /* b /* c */ d\n */ e // f\n\"g \\\"h\\\" \\(i + \"j\") k\" l #\"m\"n\"# \"\"\"\no\n\"\"\" p #if q"
        let code = SourceText.code(of: text)
        #expect(code.split(separator: "\n").count == text.split(separator: "\n").count)
        let words = code.split { !$0.isLetter }.map(String.init)
        #expect(words == ["a", "e", "i", "l", "p", "if", "q"])
        #expect(SourceText.code(of: "\"open").count == 5)
        #expect(SourceText.code(of: "/* open").count == 7)
    }

    private static let files = [
        "Package.swift", "Sources/Base/a.swift", "Sources/Middle/a.swift", "Sources/Top/a.swift",
        "Tests/BaseTests/a.swift",
    ]

    private static func dump(name: String = "Base", path: String? = nil, middle: String = "") -> String {
        let place = path.map { #""path": "\#($0)","# } ?? ""
        let more = middle.isEmpty ? "" : ", " + middle
        return """
            {"name": "x", "targets": [
              {"name": "\(name)", "type": "regular", \(place) "dependencies": []},
              {"name": "Middle", "type": "regular", "dependencies":
                [{"byName": ["Base", null]}, {"product": ["Crypto", "swift-crypto", null, null]}\(more)]},
              {"name": "Top", "type": "executable", "dependencies":
                [{"target": ["Middle", {"platformNames": ["linux"]}]}]},
              {"name": "BaseTests", "type": "test", "dependencies": [{"byName": ["Top", null]}]}
            ]}
            """
    }
}
