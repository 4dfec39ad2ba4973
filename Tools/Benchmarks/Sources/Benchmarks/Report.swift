/// A run's figures as a table for people or as JSON lines.
enum Report {
    static func heading() -> String {
        ["benchmark", "clock", "least", "median", "most", "ratio"].enumerated().map { cell($0.element, at: $0.offset) }
            .joined()
    }

    static func text(_ name: String, _ result: Benchmark.Result) -> String {
        let measured = result.measured
        let ratio = measured.median / result.baseline.median
        let cells = [
            name, result.stopwatch.rawValue, time(measured.least), time(measured.median), time(measured.most),
            "\(rounded(ratio, digits: 2)) x",
        ]
        let counts = result.counts.map { "\($0.name) \(number($0.value))" }.joined(separator: ", ")
        let baseline = "    baseline: \(result.baselineName), \(time(result.baseline.median))"
        return cells.enumerated().map { cell($0.element, at: $0.offset) }.joined() + "\n" + baseline
            + (counts.isEmpty ? "" : "\n    counts: \(counts)")
    }

    static func json(_ name: String, _ result: Benchmark.Result) -> String {
        let counts = result.counts.map { entry in
            "\"" + entry.name.split(separator: " ").joined(separator: "_") + "\":" + number(entry.value)
        }
        return
            "{\"name\":\"\(name)\",\"clock\":\"\(result.stopwatch.rawValue)\",\"samples\":\(result.measured.samples),"
            + "\"least_ns\":\(number(result.measured.least)),\"median_ns\":\(number(result.measured.median)),"
            + "\"most_ns\":\(number(result.measured.most)),\"baseline\":\"\(result.baselineName)\","
            + "\"baseline_median_ns\":\(number(result.baseline.median)),\"counts\":{\(counts.joined(separator: ","))}}"
    }

    private static func cell(_ text: String, at column: Int) -> String {
        let width = column == 0 ? 20 : 12
        let padding = String(repeating: " ", count: max(1, width - text.count))
        return column == 0 ? text + padding : padding + text
    }

    private static func time(_ nanoseconds: Double) -> String {
        switch nanoseconds {
        case ..<1_000: "\(rounded(nanoseconds, digits: 1)) ns"
        case ..<1_000_000: "\(rounded(nanoseconds / 1_000, digits: 1)) us"
        default: "\(rounded(nanoseconds / 1_000_000, digits: 2)) ms"
        }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() ? "\(Int64(value))" : rounded(value, digits: 3)
    }

    private static func rounded(_ value: Double, digits: Int) -> String {
        let scale = (0..<digits).reduce(1.0) { power, _ in power * 10 }
        let parts = Int64((value * scale).rounded())
        let fraction = String(parts % Int64(scale))
        return "\(parts / Int64(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
