import Foundation
import Testing

@testable import service_station

/// Lists of checks: what they may say, what an answer has to be, and what the report says of it.
@Suite("Checks of a charger")
struct CheckTests {
    private func json(_ text: String) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    }

    private func step(_ text: String) throws -> CheckList.Step {
        try CheckList(reading: json("{\"steps\":[\(text)]}")).steps[0]
    }

    private func verdict(_ step: String, _ reply: String) throws -> CheckVerdict {
        CheckVerdict.of(try json(reply), for: try self.step(step))
    }

    @Test("a list is read with every field")
    func read() throws {
        let list = try CheckList(
            reading: json(
                """
                {"name": "Acceptance", "steps": [
                    {"name": "the right one", "run": "ident", "expect": {"serial": "W1-7"}},
                    {"run": "limit.set", "args": {"current_ma": 16000, "connector": 1}},
                    {"run": "meter", "expect": {"meters[*].accepted": {"least": 3}}, "within_s": 30},
                    {"run": "key.rotate", "fails": "E_INTERLOCK"}]}
                """))
        #expect(list.name == "Acceptance" && list.steps.count == 4)
        #expect(list.steps[0].name == "the right one" && list.steps[1].name == "limit.set")
        #expect(JSONValue.members(list.steps[1].arguments) == #""connector":1,"current_ma":16000"#)
        #expect(list.steps[2].expectations.map(\.path.description) == ["meters[*].accepted"])
        #expect(list.steps[2].expectations[0].condition == .range(least: 3, most: nil) && list.steps[2].patience == 30)
        #expect(list.steps[3].refusal == "E_INTERLOCK")
    }

    @Test(
        "what is no list of checks is refused with its place",
        arguments: [
            (#"[]"#, "list: expected an object, found []"),
            (#"{"steps":[]}"#, "steps: expected a list of steps, found []"),
            (#"{"steps":[{"run":"ident"}],"step":1}"#, #"list.step: expected name, steps, found "step""#),
            (#"{"steps":[{"name":"x"}]}"#, "steps[0].run: expected a command, found nothing"),
            (#"{"steps":[{"run":7}]}"#, "steps[0].run: expected a text, found 7"),
            (
                #"{"steps":[{"run":"a"},{"run":"ident","expct":{}}]}"#,
                #"steps[1].expct: expected args, expect, fails, name, run, within_s, found "expct""#
            ),
            (
                #"{"steps":[{"run":"a","expect":{"a..b":1}}]}"#,
                "steps[0].expect.a..b: expected a place in an answer, as a.b[0] or a[*].b, found a..b"
            ),
            (
                #"{"steps":[{"run":"a","expect":{"b":{"more":1}}}]}"#,
                #"steps[0].expect.b: expected least, most, one_of, not, contains or present, found {"more":1}"#
            ),
            (
                #"{"steps":[{"run":"a","expect":{"b":{"least":"x"}}}]}"#,
                #"steps[0].expect.b.least: expected a number, found "x""#
            ),
            (
                #"{"steps":[{"run":"a","expect":{"b":[1]}}]}"#,
                "steps[0].expect.b: expected a value or a condition, found [1]"
            ),
            (
                #"{"steps":[{"run":"a","expect":{"b":1},"fails":"E_ROLE"}]}"#,
                "steps[0]: expected expect or fails, found both"
            ),
            (#"{"steps":[{"run":"a","within_s":-1}]}"#, "steps[0].within_s: expected 0 to 3600 seconds, found -1"),
        ])
    func refused(text: String, words: String) throws {
        let value = try json(text)
        let fault = #expect(throws: CheckFault.self) { try CheckList(reading: value) }
        #expect(fault?.description == words)
    }

    @Test(
        "each condition holds for what it names, and for nothing beside it",
        arguments: [
            ("3", ["3", "3.0"], ["4", "\"3\"", "null"]),
            ("\"A1\"", ["\"A1\""], ["\"A2\"", "1"]),
            ("null", ["null"], ["0", "false"]),
            (#"{"least":3}"#, ["3", "9.5"], ["2.9", "null", "\"5\""]),
            (#"{"most":3}"#, ["3", "-1"], ["3.1", "true"]),
            (#"{"least":1,"most":2}"#, ["1", "2"], ["0.9", "2.1"]),
            (#"{"one_of":["ok","skipped"]}"#, ["\"ok\"", "\"skipped\""], ["\"bad\"", "null"]),
            (#"{"not":"bad"}"#, ["\"ok\"", "null", "1"], ["\"bad\""]),
            (#"{"contains":"er"}"#, ["\"meter\""], ["\"Me\"", "7"]),
            (#"{"present":true}"#, ["0", "\"\""], ["null"]),
            (#"{"present":false}"#, ["null"], ["0"]),
        ])
    func conditions(text: String, good: [String], bad: [String]) throws {
        let condition = try Condition(reading: json(text), at: "x")
        for value in good { #expect(condition.holds(for: try json(value)), "\(text) of \(value)") }
        for value in bad { #expect(!condition.holds(for: try json(value)), "\(text) of \(value)") }
    }

    @Test("places: members, one of a list, each of it; an empty list, where each is asked for, does not hold")
    func places() throws {
        let answer = #"{"id":1,"ok":true,"data":{"parts":[{"v":"ok"},{"v":"bad"}],"none":[],"a":{"b":[[7]]}}}"#
        #expect(try verdict(#"{"run":"x","expect":{"a.b[0][0]":7,"parts[0].v":"ok"}}"#, answer) == .holds)
        #expect(
            try verdict(#"{"run":"x","expect":{"parts[*].v":"ok"}}"#, answer)
                == .differs([.init(place: "parts[1].v", expected: "\"ok\"", found: "\"bad\"")]))
        for (path, place) in [("none[*].v", "none[0]"), ("parts[2].v", "parts[2]"), ("c", "c"), ("a[0]", "a[]")] {
            #expect(
                try verdict(#"{"run":"x","expect":{"\#(path)":"ok"}}"#, answer)
                    == .differs([.init(place: place, expected: "\"ok\"", found: "nothing")]), "\(path)")
        }
        #expect(try verdict(#"{"run":"x","expect":{"c":{"present":false}}}"#, answer) == .holds)
    }

    @Test("a refusal that is asked for holds; another one, and its absence, do not")
    func refusals() throws {
        let refusal = #"{"id":1,"ok":false,"err":"E_INTERLOCK","msg":"a session is open"}"#
        #expect(try verdict(#"{"run":"x","fails":"E_INTERLOCK"}"#, refusal) == .holds)
        #expect(
            try verdict(#"{"run":"x","fails":"E_ROLE"}"#, refusal)
                == .refused(expected: "E_ROLE", found: "E_INTERLOCK: a session is open"))
        #expect(
            try verdict(#"{"run":"x"}"#, refusal) == .refused(expected: nil, found: "E_INTERLOCK: a session is open"))
        #expect(
            try verdict(#"{"run":"x","fails":"E_ROLE"}"#, #"{"id":1,"ok":true}"#)
                == .refused(expected: "E_ROLE", found: "carried out"))
        #expect(try verdict(#"{"run":"x"}"#, #"{"id":1}"#) == .noAnswer)
    }

    @Test("the report tells people and pages the same, and a page shows text as text")
    func report() throws {
        let good = try step(#"{"name":"the <right> one","run":"ident"}"#)
        let bad = try step(#"{"run":"faults","expect":{"faults":{"present":false}}}"#)
        let report = CheckReport(
            name: "A & B", device: "/dev/ttyUSB0", moment: "2026-11-29T12:00:00Z", technician: "Ada",
            identity: ["serial": .text("W1-7"), "none": .null],
            lines: [
                .init(step: good, verdict: .holds, reply: try json(#"{"x":"<b>"}"#), milliseconds: 12),
                .init(
                    step: bad, verdict: .differs([.init(place: "faults", expected: "no value", found: "[1]")]),
                    reply: nil,
                    milliseconds: 7),
            ])
        #expect(!report.holds)
        #expect(
            report.text == """
                A & B

                charger     /dev/ttyUSB0
                began       2026-11-29T12:00:00Z
                technician  Ada
                serial      W1-7

                ok   1 the <right> one
                FAIL 2 faults
                       faults: expected no value, found [1]

                1 of 2 do not hold

                """)
        #expect(report.page.contains("<h1>A &amp; B</h1>") && report.page.contains("the &lt;right&gt; one"))
        #expect(report.page.contains("{&quot;x&quot;:&quot;&lt;b&gt;&quot;}") && !report.page.contains("<b>"))
        #expect(report.page.contains("faults: expected no value, found [1]"))
    }

    @Test("a text survives being written as JSON, whatever is in it")
    func quoted() throws {
        let text = "a\"b\\c\nd\te\u{1}f\u{1f}ü😀"
        #expect(try json(JSONValue.text(text).encoded) == .text(text))
        #expect(
            try json(JSONValue.object([text: .list([.null, .flag(true), .number(1.5)])]).encoded)
                == .object([text: .list([.null, .flag(true), .number(1.5)])]))
    }
}
