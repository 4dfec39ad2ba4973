internal import Quantities

extension MeterReadResult {
    /// One JSON object on one line: energies in integer mWh, voltages in mV, currents in mA, power in mW, frequency in mHz.
    /// What the meter does not report is `null`, or missing from its array where no phase has it.
    public var json: String {
        var fields: [(String, String)] = [
            ("profile", Self.quoted(identity.profileID)), ("serial", Self.quoted(identity.serial)),
        ]
        switch outcome {
        case .accepted(let reading):
            fields += [
                ("import_mwh", String(reading.import.rawValue)),
                ("export_mwh", Self.number(reading.export)),
                ("voltage_mv", Self.phases(reading.voltages)),
                ("current_ma", Self.phases(reading.currents)),
                ("power_mw", Self.number(reading.power)),
                ("frequency_mhz", Self.number(reading.frequency)),
                ("registers", registersJSON),
                ("elapsed_us", String(reading.elapsed.wholeMicroseconds)),
                ("accepted", "true"),
            ]
        case .refused(let refusal):
            fields += [
                ("registers", registersJSON), ("accepted", "false"),
                ("reason", Self.quoted(refusal.reason.description)),
            ]
        }
        return "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    private var registersJSON: String {
        let entries = registers.map { evidence in
            let words = evidence.words.map { String($0) }.joined(separator: ",")
            return "{\"fc\":\(evidence.functionCode),\"addr\":\(evidence.address),\"words\":[\(words)]}"
        }
        return "[" + entries.joined(separator: ",") + "]"
    }

    private static func number<Value: Quantity>(_ value: Value?) -> String {
        value.map { "\($0.rawValue)" } ?? "null"
    }

    private static func phases<Value: Quantity>(_ values: PerPhase<Value>) -> String {
        let all = values.all
        guard let last = all.lastIndex(where: { $0 != nil }) else { return "[]" }
        return "[" + all[...last].map { number($0) }.joined(separator: ",") + "]"
    }

    /// A JSON string (RFC 8259 section 7).
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension MeterFinding {
    /// One JSON object on one line; `line` is `null` over TCP.
    public var json: String {
        let matches = matches.map { match in
            "{\"profile\":\(MeterReadResult.quoted(match.profileID)),\"serial\":\(MeterReadResult.quoted(match.serial)),"
                + "\"import_mwh\":\(match.energy.rawValue),\"proofs\":\(match.proofs)}"
        }
        let line = line.map { MeterReadResult.quoted("\($0)") } ?? "null"
        return "{\"line\":\(line),\"unit\":\(unit),\"meters\":[\(matches.joined(separator: ","))]}"
    }
}
