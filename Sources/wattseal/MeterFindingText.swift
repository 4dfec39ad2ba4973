import Metering
import Quantities

/// A unit that a scan found, as a few lines for people.
struct MeterFindingText {
    let text: String

    init(_ finding: MeterFinding) {
        var lines = ["\(finding.line.map { "\($0), " } ?? "")unit \(finding.unit)"]
        if finding.matches.isEmpty { lines.append("  answers, and fits none of the profiles") }
        for match in finding.matches {
            let serial = match.serial.isEmpty ? "no serial number" : "serial \(match.serial)"
            let energy = StatusLine.decimal(match.energy.rawValue, scale: 1_000_000, places: 3)
            lines.append("  \(match.profileID): \(match.vendor) \(match.model), \(serial), \(energy) kWh")
        }
        text = lines.joined(separator: "\n")
    }
}
