/// Families of metrics as OpenMetrics text 1.0, which Prometheus reads.
public enum OpenMetricsText {
    public static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    /// The whole exposition; families without samples are left out.
    public static func render(_ families: [MetricFamily]) -> String {
        families.filter { !$0.samples.isEmpty }.map(render).joined() + "# EOF\n"
    }

    private static func render(_ family: MetricFamily) -> String {
        var text = "# TYPE \(family.name) \(family.kind.rawValue)\n"
        if !family.unit.isEmpty { text += "# UNIT \(family.name) \(family.unit)\n" }
        text += "# HELP \(family.name) \(escaped(family.help))\n"
        let suffix =
            switch family.kind {
            case .counter: "_total"
            case .info: "_info"
            case .histogram: "_bucket"
            case .gauge: ""
            }
        for sample in family.samples {
            text += family.name + suffix
            if !sample.labels.isEmpty {
                text += "{" + sample.labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}"
            }
            text += " \(sample.value)\n"
        }
        return text
    }

    /// Backslash, quotation mark and line feed have escapes; other control characters have no place in a line.
    static func escaped(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": output += "\\\\"
            case "\"": output += "\\\""
            case "\n": output += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: output += " "
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
