import Firmware

/// The status as one line for people.
struct StatusLine {
    let text: String

    init(_ report: StatusReport) {
        let connector = report.connector
        var parts = [
            "\(connector.state) \(connector.phase)",
            "\(Self.decimal(report.meter.powerMW, scale: 1_000_000, places: 1)) kW",
            "\(Self.decimal(connector.energyMWh, scale: 1_000_000, places: 3)) kWh",
            "record \(report.records.last.isEmpty ? "-" : report.records.last)",
            "height \(report.ledger.height)\(report.ledger.reachable ? "" : " (unreachable)")",
            "acknowledged \(report.records.acknowledged)/\(report.records.total)",
            "paid \(Self.decimal(report.ledger.paidMicro, scale: 1_000_000, places: 6))",
        ]
        for problem in [connector.fault, report.meter.problem, report.records.problem, report.ledger.problem]
        where !problem.isEmpty {
            parts.append(problem)
        }
        text = parts.joined(separator: " | ")
    }

    /// `value / scale` with that many places, rounded towards zero.
    static func decimal(_ value: Int64, scale: Int64, places: Int) -> String {
        let sign = value < 0 ? "-" : ""
        let magnitude = value.magnitude
        let unit = UInt64(scale)
        var fraction = magnitude % unit
        var digits = ""
        var weight = unit
        for _ in 0..<places {
            weight /= 10
            guard weight > 0 else { digits += "0"; continue }
            digits += "\(fraction / weight)"
            fraction %= weight
        }
        return "\(sign)\(magnitude / unit).\(digits)"
    }
}
