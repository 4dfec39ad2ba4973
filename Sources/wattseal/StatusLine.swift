import Firmware

/// The status as one line for people.
struct StatusLine {
    let text: String

    init(_ report: StatusReport) {
        var parts = report.connectors.map { Self.words($0, numbered: report.connectors.count > 1) }
        if let mains = report.mains { parts.append(Self.words(mains)) }
        parts += [
            "record \(report.records.last.isEmpty ? "-" : report.records.last)",
            "height \(report.ledger.height)\(report.ledger.reachable ? "" : " (unreachable)")",
            "acknowledged \(report.records.acknowledged)/\(report.records.total)",
        ]
        let paid = report.connectors.reduce(Int64(0)) { $0 + $1.paidMicro }
        parts.append("paid \(Self.decimal(paid, scale: 1_000_000, places: 6))")
        parts += report.connectors.flatMap { [$0.connector.fault, $0.meter.problem] }
        if let problem = report.mains?.meter.problem, !problem.isEmpty { parts.append("mains: \(problem)") }
        parts += [report.records.problem, report.ledger.problem]
        parts.removeAll { $0.isEmpty }
        text = parts.joined(separator: " | ")
    }

    private static func words(_ outlet: StatusReport.Outlet, numbered: Bool) -> String {
        [
            "\(numbered ? "\(outlet.number): " : "")\(outlet.connector.state) \(outlet.connector.phase)",
            "\(decimal(outlet.meter.powerMW, scale: 1_000_000, places: 1)) kW",
            "\(decimal(outlet.connector.energyMWh, scale: 1_000_000, places: 3)) kWh",
        ].joined(separator: " | ")
    }

    /// What flows in each phase of the mains, and what that leaves.
    private static func words(_ mains: StatusReport.Mains) -> String {
        let currents = mains.currentMA.compactMap { $0 }.map { decimal(Int64($0), scale: 1_000, places: 1) }
        let flows = currents.isEmpty ? "-" : currents.joined(separator: "/")
        return "mains \(flows) A, \(decimal(Int64(mains.availableMA), scale: 1_000, places: 1)) A left"
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
