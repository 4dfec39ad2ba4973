/// The same as the table, for programs: one document.
enum JSONReport {
    static func document(_ results: Results) -> String {
        let omissions = results.benchmarks.map { "\(string($0.name)): \(string($0.leavesOut))" }
        let missing = results.notMeasured.map { "{\"name\": \(string($0.name)), \"reason\": \(string($0.reason))}" }
        let failures = results.failures.map { "\(string($0.name)): \(string($0.reason))" }
        return """
            {
              "machine": \(facts(results.machine)),
              "figures": [
            \(results.figures.map { "    " + object($0) }.joined(separator: ",\n"))
              ],
              "not_measured": [\(missing.joined(separator: ", "))],
              "failed": {\(failures.joined(separator: ", "))},
              "leaves_out": {\(omissions.joined(separator: ", "))}
            }
            """
    }

    private static func facts(_ machine: Machine) -> String {
        "{\"processor\": \(string(machine.processor)), \"processors\": \(machine.processors), "
            + "\"memory_bytes\": \(machine.memoryBytes), \"kernel\": \(string(machine.kernel)), "
            + "\"load_before\": \(string(machine.load)), \"taken\": \(string(machine.taken))}"
    }

    private static func object(_ figure: Figure) -> String {
        var members = [
            "\"name\": \(string(figure.name))", "\"unit\": \(string(unit(figure.unit)))",
            "\"subject\": \(spread(figure.subject))", "\"against\": \(string(figure.baselineName))",
            "\"baseline\": \(figure.baseline.map(spread) ?? "null")",
            "\"compared_as\": \(figure.comparison.map { string($0.kind.rawValue) } ?? "null")",
            "\"compared\": \(figure.comparison.map { comparison($0.spread) } ?? "null")",
        ]
        let aims = figure.aims.map { aim in
            "{\"aim\": \(string(aim.text(in: figure.unit))), \"verdict\": \(string(TextReport.verdict(aim, figure)))}"
        }
        members.append("\"aims\": [\(aims.joined(separator: ", "))]")
        let counts = figure.counts.map { "\(string($0.name)): \(Number.text($0.value))" }
        members.append("\"counts\": {\(counts.joined(separator: ", "))}")
        if let curve = figure.curve {
            let points = curve.points.map { point in
                "[\(Number.text(point.size)), \(Number.text(point.subject)), \(Number.text(point.baseline))]"
            }
            members.append(
                "\"curve\": {\"of\": \(string(curve.size)), \"against\": \(string(curve.baselineName)), "
                    + "\"points\": [\(points.joined(separator: ", "))]}")
        }
        return "{\(members.joined(separator: ", "))}"
    }

    private static func unit(_ unit: Figure.Unit) -> String {
        switch unit {
        case .time(.processor): "ns of the processor"
        case .time(.process): "ns of all processors"
        case .time(.wall): "ns"
        case .count(let name): name
        case .bytes: "bytes"
        }
    }

    private static func spread(_ spread: Spread) -> String { object(spread, Number.text) }

    /// A ratio or a rate, which may be very small.
    private static func comparison(_ spread: Spread) -> String {
        object(spread) { Number.significant($0, digits: 5) }
    }

    private static func object(_ spread: Spread, _ number: (Double) -> String) -> String {
        "{\"least\": \(number(spread.least)), \"median\": \(number(spread.median)), \"most\": \(number(spread.most))}"
    }

    /// Texts of this program and of the kernel; RFC 8259, section 7.
    private static func string(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case _ where scalar.value < 0x20: " "
            default: String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }
}
