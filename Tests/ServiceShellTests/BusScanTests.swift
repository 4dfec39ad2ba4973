import Quantities
import Testing

@testable import ServiceShell

@Suite("Which units answer")
struct BusScanTests {
    private func verdict(
        _ configured: [UInt8], asked: Int = 32, _ replies: [UInt8], garbled: [UInt8] = []
    ) -> String {
        BusScanAnswer(
            line: "", configured: configured.map { .init(unit: $0, owner: "connector \($0)") }, range: 1...32,
            asked: asked,
            units: replies.map { .init(number: $0, reply: "registers", isReply: true) }
                + garbled.map { .init(number: $0, reply: "a wrong checksum", isReply: false) }, took: .zero
        ).verdict
    }

    @Test("a wrong number is told from a dead line, a disturbed one, and a device that does not look at numbers")
    func verdicts() {
        #expect(verdict([1], []).hasPrefix("nobody answers"))
        #expect(verdict([1], [], garbled: [4]).hasPrefix("no reply that is whole"))
        #expect(verdict([1], [2]).hasPrefix("unit 2 answers (the configuration says 1 for connector 1)"))
        #expect(
            verdict([1, 2], [2, 7]).hasPrefix("unit 7 answers (the configuration says 1 for connector 1)"))
        #expect(verdict([1, 2], [2]) == "the configuration says 1 for connector 1, which does not answer")
        #expect(verdict([1], [1]) == "unit 1 answers, as configured for connector 1")
        #expect(verdict([1], [1, 5]) == "unit 1 answers, as configured for connector 1; unit 5 answers, too")
        #expect(verdict([1], asked: 3, [1, 2, 3]).hasPrefix("every unit answers"))
    }

    @Test("what is left out: the first 32 units of connector 1's line; never beyond 247")
    func ranges() {
        func asked(_ line: String) -> String {
            var shell = TestShell()
            let lines = shell.type(line + "\r").split(whereSeparator: \.isNewline)
            return lines.filter { $0.hasPrefix("line") || $0.hasPrefix("units") || $0.hasPrefix("error") }
                .map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: ", ")
        }
        #expect(asked("bus scan") == "line line 1, units 1 to 32")
        #expect(asked("bus scan 0") == "line line 0, units 1 to 32")
        #expect(asked("bus scan 2 33") == "line line 2, units 33 to 64")
        #expect(asked("bus scan 2 240") == "line line 2, units 240 to 247")
        #expect(asked("bus scan 1 9 9") == "line line 1, units 9 to 9")
        #expect(asked("bus scan 1 9 8") == "error: bus scan: expected a last unit from 9 on, got 8")
    }
}
