import Conformance
import Testing

@Suite("Reading a table")
struct TableTests {
    private func read(_ text: String) throws(TableError) -> ConformanceTable {
        try Conformance.read([TableText(name: "own.txt", bytes: Array(text.utf8))])
    }

    private let start = "situation new on full\n  until 1000 phase idle\n"

    @Test("a small table of one's own runs")
    func own() throws {
        var conformance = Conformance(
            try read(
                start + """
                    section own
                    case 1.1 | A1 | B1 | plugged in | new   # a comment
                      do plant want off
                      event plant plug
                      at 300 plant unplug -- no note here
                      expect level B first 0 200
                      expect contactor on
                      expect pilot x1
                    """))
        var found: [Finding] = []
        conformance.run { found.append($0) }
        #expect(found.map(\.passes) == [true, false, true])
        #expect(found.map(\.measured) == [24, 0, nil])
        #expect(
            found.map(\.json)[0]
                == #"{"sequence":"1.1","from":"A1","to":"B1","cause":"plugged in: level B","limit_ms":200,"measured_ms":24,"pass":true}"#
        )
    }

    @Test(
        "a mistake is named with its line",
        arguments: [
            ("situation new on nowhere\n", 1), ("situation new\n", 1), ("perhaps\n", 1), ("wait 5\n", 1),
            ("case 1 | A | B\n", 1), ("level A plant plug\nlevel A plant plug\n", 2),
            ("situation a after b\n", 1), ("situation a after a\n", 1),
            ("situation a on full\n  wait\n", 2), ("situation a on full\n  wait 5 6\n", 2),
            ("situation a on full\n  do fly\n", 2), ("situation a on full\n  until 5 fault 9\n", 2),
            ("situation a on full\n  expect contactor on until 5\n", 2),
            ("situation a on full\nsituation a on full\n", 2), ("case 1 | A | B | c | d\n", 1),
            ("transition 1 | a | Z | off | open | x1 | none | -\n", 1),
        ])
    func mistakes(_ text: String, line: Int) throws {
        let error = #expect(throws: TableError.self) { try read(text) }
        #expect(error?.description.hasPrefix("own.txt:\(line): ") == true, "\(String(describing: error))")
    }

    @Test("a command that the plant does not know fails the case, with the plant's words")
    func plant() throws {
        var conformance = Conformance(
            try read(start + "case x | A | A | flies | new\n  event plant fly\n  expect contactor off\n"))
        var found: [Finding] = []
        conformance.run { found.append($0) }
        #expect(found.count == 1)
        #expect(found.first?.passes == false)
        #expect(found.first?.cause.contains(#"the plant refused "fly""#) == true)
    }
}
