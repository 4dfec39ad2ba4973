import Foundation
import Testing

/// `Tools/lib/tally.py` counts what `Tools/test` ran.
@Suite("tally")
struct TallyTests {
    private static func event(
        _ kind: String, _ test: String?, _ symbol: String, _ text: String, at seconds: Double = 0
    ) -> String {
        let id = test.map { #""testID":"\#($0)","# } ?? ""
        let words = #""messages":[{"symbol":"\#(symbol)","text":"\#(text)"}],"instant":{"absolute":\#(seconds)}"#
        return #"{"kind":"event","version":0,"payload":{"kind":"\#(kind)",\#(id)\#(words)}}"#
    }

    private static func planned(_ name: String, kind: String = "function") -> String {
        #"{"kind":"test","version":0,"payload":{"kind":"\#(kind)","id":"\#(name)","name":"x"}}"#
    }

    private static let good = "T.S/good()/a.swift:1:2"
    private static let bad = "T.S/bad()/a.swift:2:2"
    private static let off = "T.S/off()/a.swift:3:2"
    private static let cut = "T.S/cut()/a.swift:4:2"

    private static let plan = [planned("T.S", kind: "suite"), planned(good), planned(bad), planned(off), planned(cut)]
    private static let goodRan = [
        event("testStarted", good, "default", "x"), event("testEnded", good, "pass", "x"),
    ]
    private static let end = event("runEnded", nil, "fail", "x")

    private func tally(steps: String = "", _ runs: [String]...) throws -> Command {
        let folder = NSTemporaryDirectory() + "tally-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try steps.write(toFile: folder + "/steps", atomically: true, encoding: .utf8)
        var words = ["python3", Repository.root + "/Tools/lib/tally.py", folder + "/steps"]
        for (number, run) in runs.enumerated() {
            try run.joined(separator: "\n").write(toFile: folder + "/\(number)", atomically: true, encoding: .utf8)
            words.append(folder + "/\(number)")
        }
        return try Command(words)
    }

    @Test("passed, failed, skipped and cancelled tests, and checks that are no tests, are counted and named")
    func counts() throws {
        let run =
            Self.plan + Self.goodRan + [
                Self.event("testStarted", Self.bad, "default", "x"),
                Self.event("issueRecorded", Self.bad, "fail", "1 is not 2"),
                Self.event("testEnded", Self.bad, "fail", "x"),
                Self.event("testSkipped", Self.off, "skip", #"Test off() skipped: \"needs root\""#),
                Self.event("testEnded", Self.cut, "skip", #"Test cut() was cancelled after 1 s: \"no device\""#),
                Self.event("testEnded", "T.S", "fail", "x"), Self.end,
            ]
        let result = try tally(steps: "passed\tlint\t\nskipped\tshell\tnot installed\nfailed\tbuild\twhy\n", run)
        #expect(result.status == 1)
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines.last == "2 passed, 2 failed, 3 skipped")
        #expect(lines.contains("  T.S/off(): needs root"))
        #expect(lines.contains("  T.S/cut(): no device"))
        #expect(lines.contains("  T.S/bad(): 1 is not 2"))
        #expect(lines.contains("  shell: not installed"))
        #expect(lines.contains("  build: why"))
    }

    @Test("all well is success; nothing run at all is not")
    func success() throws {
        let one = [Self.planned(Self.good)] + Self.goodRan + [Self.end]
        let result = try tally(one, one)
        #expect(result.status == 0)
        #expect(result.output == "2 passed, 0 failed, 0 skipped\n")
        #expect(try tally([Self.end]).status == 1)
        #expect(try tally().status == 1)
    }

    @Test("the slowest steps and suites are told, longest first")
    func seconds() throws {
        let run =
            [Self.planned("T.S", kind: "suite"), Self.planned(Self.good)]
            + [Self.event("testStarted", "T.S", "default", "x", at: 100)] + Self.goodRan
            + [Self.event("testEnded", "T.S", "pass", "x", at: 107.5), Self.end]
        let result = try tally(steps: "passed\tlint\t\t3\npassed\tbuild\t\t400\npassed\told\t\n", run)
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(
            lines == [
                "Where the time went, in seconds:", "    400.0  build", "      7.5  T.S", "      3.0  lint",
                "4 passed, 0 failed, 0 skipped",
            ])
    }

    @Test("a run that died counts every test without a verdict as failed")
    func death() throws {
        let died =
            Self.plan + Self.goodRan + [
                Self.event("testStarted", Self.bad, "default", "x"), #"{"kind":"event","payl"#,
            ]
        let result = try tally(died)
        #expect(result.status == 1)
        #expect(result.output.hasSuffix("1 passed, 3 failed, 0 skipped\n"))
        #expect(result.output.contains("T.S/bad(): was running when the test process died"))
        // Died after the last test, or before the first.
        #expect(try tally([Self.planned(Self.good)] + Self.goodRan).output.hasSuffix("1 passed, 1 failed, 0 skipped\n"))
        #expect(try tally([]).output.hasSuffix("0 passed, 1 failed, 0 skipped\n"))
    }

    @Test("an issue outside of every test fails the run")
    func strayIssue() throws {
        let run =
            [Self.planned(Self.good)] + Self.goodRan + [
                Self.event("issueRecorded", nil, "fail", "in teardown"), Self.end,
            ]
        let result = try tally(run)
        #expect(result.status == 1)
        #expect(result.output.contains("in teardown"))
    }
}
