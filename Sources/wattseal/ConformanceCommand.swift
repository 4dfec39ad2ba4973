import ArgumentParser
import Conformance

/// `wattseal conformance`: the Annex A matrix in virtual time, on the control core of this program.
struct ConformanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Runs the Annex A matrix in virtual time on this program's control core: all passed (0), or not (1).",
        discussion: """
            No certificate: it shows that the control core does what a table of expectations says, against a simulated
            car, contactor and mains. docs/conformance.md says how to read table and report.
            """)

    @Flag(help: "One JSON object a line.")
    var json = false

    @Option(
        parsing: .upToNextOption, help: "Tables to read instead of those in this program; see --print-table.")
    var table: [String] = []

    @Flag(help: "Print the table that is in this program, and end.")
    var printTable = false

    func run() throws {
        if printTable {
            for text in Conformance.shipped { try FileBytes.write(text.bytes, to: "-") }
            return
        }
        var texts = Conformance.shipped
        if !table.isEmpty { texts = try table.map { TableText(name: $0, bytes: try FileBytes.read($0)) } }
        var conformance = Conformance(try Conformance.read(texts))
        var tally = ConformanceTally()
        try conformance.run { finding in
            if !json, let title = tally.title(before: finding) { try Self.show(title) }
            tally.count(finding)
            try Self.show(json ? finding.json : finding.text)
        }
        if !json { try Self.show(tally.text) }
        if tally.failed > 0 || tally.passed == 0 { throw ExitCode.failure }
    }

    private static func show(_ line: String) throws { try FileBytes.write(Array("\(line)\n".utf8), to: "-") }
}

/// What the findings of a run come to, section by section.
struct ConformanceTally {
    private(set) var passed = 0
    private(set) var failed = 0
    private var section = ""

    /// The heading to print where a section begins.
    mutating func title(before finding: Finding) -> String? {
        guard finding.section != section else { return nil }
        section = finding.section
        return "\n\(section)"
    }

    mutating func count(_ finding: Finding) {
        if finding.passes { passed += 1 } else { failed += 1 }
    }

    var text: String { "\n\(passed) passed, \(failed) failed" }
}
