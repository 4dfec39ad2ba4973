/// A run's figures as one table for people.
enum TextReport {
    private static let titles = ["figure", "subject", "baseline", "ratio or rate", "(least - most)", "aim", ""]
    /// The first column begins at the left, all others end at the right.
    private static let widths = [30, 14, 14, 14, 22, 26, 9]
    /// Digits of a ratio or a rate.
    private static let digits = 3

    static func table(_ results: Results) -> String {
        let machine = results.machine
        let rows = results.figures.flatMap(rows)
        let baselines = results.figures.map { "  \($0.name): against \($0.baselineName)\(counts($0))" }
        let omissions = results.benchmarks.map { "  \($0.name): \($0.leavesOut)" }
        let missing = results.notMeasured.map { "  \($0.name): \($0.reason)" }
        let failures = results.failures.map { "  \($0.name): \($0.reason)" }
        let place =
            "\(machine.processor), \(machine.processors) processors, \(machine.memoryBytes >> 20) MiB, Linux \(machine.kernel), "
            + "load \(machine.load) before the run, \(machine.taken)"
        return
            ([place, "", line(titles)] + rows + ["", "Baselines and counts"] + baselines + ["", "Left out"] + omissions
            + (missing.isEmpty ? [] : ["", "Not measured"] + missing)
            + (failures.isEmpty ? [] : ["", "Failed"] + failures))
            .joined(separator: "\n")
    }

    /// One row for each aim; a figure without one has a row, too.
    private static func rows(_ figure: Figure) -> [String] {
        let compared = figure.comparison
        func number(_ value: Double) -> String { Number.significant(value, digits: digits) }
        let cells = [
            figure.name, figure.unit.text(figure.subject.median),
            figure.baseline.map { figure.unit.text($0.median) } ?? "",
            compared.map { "\($0.kind == .rate ? "rate " : "")\(number($0.spread.median)) x" } ?? "",
            compared.map { "(\(number($0.spread.least)) - \(number($0.spread.most)))" } ?? "",
        ]
        guard let first = figure.aims.first else { return [line(cells + ["", ""])] }
        let others = figure.aims.dropFirst().map { aim in
            line(["", "", "", "", "", aim.text(in: figure.unit), verdict(aim, figure)])
        }
        return [line(cells + [first.text(in: figure.unit), verdict(first, figure)])] + others
    }

    static func verdict(_ aim: Aim, _ figure: Figure) -> String {
        switch aim.isMet(by: figure) {
        case true?: "met"
        case false?: "missed"
        case nil: "unknown"
        }
    }

    private static func counts(_ figure: Figure) -> String {
        figure.counts.map { "; \($0.name) \(Number.text($0.value))" }.joined()
    }

    /// A name that is longer than its column has a line of its own.
    private static func line(_ cells: [String]) -> String {
        if cells[0].count >= widths[0] { return cells[0] + "\n" + line([""] + cells.dropFirst()) }
        return zip(cells, widths).enumerated().map { place, cell in
            let padding = String(repeating: " ", count: max(1, cell.1 - cell.0.count))
            return place == 0 ? cell.0 + padding : padding + cell.0
        }.joined()
    }
}
