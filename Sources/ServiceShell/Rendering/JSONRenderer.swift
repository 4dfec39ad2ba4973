import Quantities

/// A report for programs: one JSON object, integers in the unit that the key names.
enum JSONRenderer {
    static func object(_ report: Report) -> String {
        let members = report.fields.map { field in
            let name = field.name.map { $0 == " " ? "_" : $0 }
            return string(String(name) + field.value.unitSuffix) + ":" + text(of: field.value)
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    /// The reply to a request that went well.
    static func success(id: Int64?, _ report: Report) -> String {
        "{\"id\":\(id.map { String($0) } ?? "null"),\"ok\":true,\"data\":\(object(report))}"
    }

    /// The reply to a request that did not.
    static func failure(id: Int64?, _ error: ServiceShellError) -> String {
        var need = ""
        if case .role(_, let role) = error { need = ",\"need\":[\(string(role.name))]" }
        return "{\"id\":\(id.map { String($0) } ?? "null"),\"ok\":false,\"err\":\(string(error.code)),"
            + "\"msg\":\(string(error.description))\(need)}"
    }

    /// Something that a program subscribed to.
    static func event(_ name: String, sequence: UInt64, _ report: Report) -> String {
        "{\"ev\":\(string(name)),\"seq\":\(sequence),\"data\":\(object(report))}"
    }

    private static func text(of value: ReportValue) -> String {
        switch value {
        case .nothing, .none(of: _): "null"
        case .text(let text): text.map(string) ?? "null"
        case .count(let count): count.map { String($0) } ?? "null"
        case .flag(let flag): flag.map { $0 ? "true" : "false" } ?? "null"
        case .bytes(let bytes): bytes.map { string(DecimalText.hex($0)) } ?? "null"
        case .milliamps(let value): number(value)
        case .millivolts(let value): number(value)
        case .microvoltsPerCount(let value): value.map { String($0) } ?? "null"
        case .basisPoints(let value): number(value)
        case .milliwatts(let value): number(value)
        case .milliwattHours(let value): number(value)
        case .millihertz(let value): number(value)
        case .ohms(let value): number(value)
        case .deciCelsius(let value): number(value)
        case .microunits(let value): number(value)
        case .duration(let value): value.map { String($0.wholeMilliseconds) } ?? "null"
        case .time(let value): value.map { String($0) } ?? "null"
        case .currents(let values): "[" + values.map(number).joined(separator: ",") + "]"
        case .voltages(let values): "[" + values.map(number).joined(separator: ",") + "]"
        case .inline(let report): object(report)
        case .rows(let rows), .table(let rows): "[" + rows.map(object).joined(separator: ",") + "]"
        }
    }

    private static func number<Unit: Quantity>(_ value: Unit?) -> String { value.map { String($0.rawValue) } ?? "null" }

    /// A JSON string (RFC 8259 section 7), in ASCII where the text is.
    static func string(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{0}"..<"\u{20}", "\u{7F}"..."\u{9F}", "\u{2028}"..."\u{2029}":
                quoted += "\\u" + DecimalText.hex([UInt8(scalar.value >> 8), UInt8(scalar.value & 0xFF)])
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
