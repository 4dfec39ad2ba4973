import ChargeControl
import Conformance
import Quantities
import Testing

/// A report that cannot fail proves nothing.
@Suite("Conformance notices what is wrong")
struct SensitivityTests {
    /// The table that ships, with a text replaced that stands in it exactly once.
    private func altered(_ old: String, _ new: String, in name: String) throws -> [TableText] {
        try Conformance.shipped.map { text in
            guard text.name == name else { return text }
            let whole = try #require(String(validating: text.bytes, as: UTF8.self))
            let parts = whole.ranges(of: old)
            try #require(parts.count == 1, "\(old)")
            return TableText(name: name, bytes: Array(whole.replacing(old, with: new).utf8))
        }
    }

    private func failures(
        _ texts: [TableText], section: String, sequences: [String] = [],
        altering alter: @escaping @Sendable (inout ControlOptions) -> Void = { _ in }
    ) throws -> [Finding] {
        var table = try Conformance.read(texts)
        table.keep { $0 == section && (sequences.isEmpty || sequences.contains($1)) }
        var conformance = Conformance(table) { $0.configuration(altering: alter) }
        var found: [Finding] = []
        conformance.run { if !$0.passes { found.append($0) } }
        return found
    }

    @Test("a changed limit fails its row, and no other")
    func limit() throws {
        let row = "transition 8.1     | C2 closed      | B       | off by 40             |"
        let texts = try altered(row, row.replacing("off by 40", with: "off by 10"), in: "transitions.txt")
        let found = try failures(texts, section: "transitions")
        #expect(found.count == 1)
        #expect(found.first?.sequence == "8.1")
        #expect(found.first?.limit == 10)
        #expect(found.first?.measured == 24)
    }

    @Test("a changed state fails its row")
    func state() throws {
        let row =
            "transition 1.1     | A1 open        | B       | off                   | open                    | x1 "
        let texts = try altered(row, row.replacing("x1 ", with: "pwm"), in: "transitions.txt")
        let found = try failures(texts, section: "transitions")
        #expect(found.map(\.cause) == ["the pilot's level changes: pilot pwm throughout"])
    }

    @Test("a changed fault fails its row")
    func fault() throws {
        let texts = try altered(
            "  expect fault 101 by 40\n  expect contactor off by 40\n  expect contacts open by 100\n  expect latched 101",
            "  expect fault 102 by 40\n  expect contactor off by 40\n  expect contacts open by 100\n  expect latched 101",
            in: "faults.txt")
        let found = try failures(texts, section: "faults", sequences: ["fault 101"])
        #expect(found.count == 1)
        #expect(found.first?.cause.hasSuffix("fault 102") == true)
    }

    @Test("a charger that does not show state F fails sequence 12")
    func stateF() throws {
        let found = try failures(Conformance.shipped, section: "timing", sequences: ["8.1", "12"]) {
            $0.stateFPulse = .zero
        }
        #expect(found.contains { $0.sequence == "12" && $0.cause.contains("pilot F lasts") })
        #expect(found.allSatisfy { $0.sequence == "12" })
    }

    @Test("a charger without a pilot relay fails the wake-up")
    func wakeUp() throws {
        let found = try failures(Conformance.shipped, section: "timing", sequences: ["3", "A.5.3"]) {
            $0.hasPilotRelay = false
        }
        #expect(found.contains { $0.cause.contains("pilot E lasts") })
        #expect(found.allSatisfy { $0.sequence == "A.5.3" })
    }

    @Test("a charger that does not watch earth fails its row")
    func earth() throws {
        let found = try failures(Conformance.shipped, section: "faults", sequences: ["fault 101", "fault 208"]) {
            $0.watchesEarth = false
        }
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.sequence == "fault 208" })
    }

    @Test("a situation that does not come about fails all that starts from it")
    func unreached() throws {
        let texts = try altered(
            "situation B2 open after B1 open\n  do grant\n", "situation B2 open after B1 open\n", in: "situations.txt")
        let found = try failures(texts, section: "transitions")
        #expect(found.count > 300)
        #expect(found.allSatisfy { $0.measured == nil && $0.cause.contains("was not reached within 5000 ms") })
    }
}
