import Quantities

/// A report for people: aligned names, units spelled out, rows indented.
enum PeopleRenderer {
    private static let nameWidth = 20

    static func lines(of report: Report) -> [String] { lines(of: report, indent: "") }

    private static func lines(of report: Report, indent: String) -> [String] {
        report.fields.flatMap { field -> [String] in
            if case .table(let rows) = field.value { return [indent + field.name + ":"] + table(rows, indent + "  ") }
            guard case .rows(let rows) = field.value else {
                let padding = String(repeating: " ", count: max(1, nameWidth - indent.count - field.name.count))
                return [indent + field.name + padding + text(of: field.value)]
            }
            if rows.isEmpty { return [indent + field.name + ": none"] }
            return [indent + field.name + ":"]
                + rows.flatMap { row in
                    let inner = lines(of: row, indent: indent + "    ")
                    return inner.enumerated().map { index, line in
                        index == 0 ? indent + "  - " + line.dropFirst(indent.count + 4) : line
                    }
                }
        }
    }

    /// Two columns, and beside them a line for each further value that there is; the first of those needs no name.
    private static func table(_ rows: [Report], _ indent: String) -> [String] {
        let width = { (column: Int) in
            rows.compactMap { row in row.fields.dropFirst(column).first.map { text(of: $0.value).count } }.max() ?? 0
        }
        let widths = [width(0) + 2, width(1) + 2]
        return rows.flatMap { row -> [String] in
            let columns = zip(row.fields, widths).map { padded(text(of: $0.value), to: $1) }.joined()
            let further = row.fields.dropFirst(2).enumerated().compactMap { index, field -> String? in
                let shown = text(of: field.value)
                if case .nothing = field.value { return nil }
                if shown.isEmpty { return nil }
                return index == 0 ? shown : "\(field.name): \(shown)"
            }
            let besides = further.isEmpty ? [""] : further
            return besides.enumerated().map { index, text in
                let begin = index == 0 ? columns : padded("", to: widths[0] + widths[1])
                return trimmed(indent + begin + text)
            }
        }
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func trimmed(_ line: String) -> String { String(line.reversed().drop { $0 == " " }.reversed()) }

    private static func text(of value: ReportValue) -> String {
        switch value {
        case .nothing, .none(of: _): "none"
        case .text(let text): text.map(printable) ?? unknown
        case .count(let count): count.map { String($0) } ?? unknown
        case .flag(let flag): flag.map { $0 ? "yes" : "no" } ?? unknown
        case .bytes(let bytes): bytes.map(DecimalText.hex) ?? unknown
        case .milliamps(let value): thousandths(value, "A")
        case .millivolts(let value): thousandths(value, "V")
        case .microvoltsPerCount(let value): value.map { "\($0) µV a count" } ?? unknown
        case .basisPoints(let value): value.map { DecimalText.fixed(Int64($0.rawValue), digits: 2) + " %" } ?? unknown
        case .milliwatts(let value): thousandths(value, "W")
        case .milliwattHours(let value): value.map { DecimalText.fixed($0.rawValue, digits: 6) + " kWh" } ?? unknown
        case .millihertz(let value): thousandths(value, "Hz")
        case .ohms(let value): value.map { "\($0.rawValue) Ω" } ?? unknown
        case .deciCelsius(let value): value.map { DecimalText.fixed(Int64($0.rawValue), digits: 1) + " °C" } ?? unknown
        case .microunits(let value): value.map { DecimalText.fixed($0.rawValue, digits: 6) } ?? unknown
        case .duration(let value): value.map { DecimalText.fixed($0.wholeMilliseconds, digits: 3) + " s" } ?? unknown
        case .time(let value): value.flatMap(DecimalText.rfc3339) ?? unknown
        case .currents(let values): list(values, "A")
        case .voltages(let values): list(values, "V")
        case .inline(let report):
            report.fields.map { "\($0.name) \(text(of: $0.value))" }.joined(separator: ", ")
        case .rows, .table: ""
        }
    }

    private static let unknown = "unknown"

    private static func thousandths<Unit: Quantity>(_ value: Unit?, _ unit: String) -> String {
        value.map { DecimalText.fixed(Int64($0.rawValue), digits: 3) + " " + unit } ?? unknown
    }

    private static func list<Unit: Quantity>(_ values: [Unit], _ unit: String) -> String {
        values.isEmpty ? unknown : values.map { thousandths($0, unit) }.joined(separator: "  ")
    }

    /// Text from a meter or a network shown without its control characters: it must not steer the terminal.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: "?"
                    default: scalar
                    }
                }))
    }
}
