import Metering
import Quantities

/// A reading as a few lines for people.
struct MeterReadingText {
    let text: String

    init(_ result: MeterReadResult) {
        let identity = result.identity
        var lines = [
            "\(identity.vendor) \(identity.model), serial \(identity.serial.isEmpty ? "unknown" : identity.serial)"
        ]
        switch result.outcome {
        case .accepted(let reading):
            lines.append("  import  \(StatusLine.decimal(reading.import.rawValue, scale: 1_000_000, places: 3)) kWh")
            if let export = reading.export {
                lines.append("  export  \(StatusLine.decimal(export.rawValue, scale: 1_000_000, places: 3)) kWh")
            }
            if let power = reading.power {
                lines.append("  power   \(StatusLine.decimal(power.rawValue, scale: 1_000_000, places: 3)) kW")
            }
            lines.append("  answered in \(reading.elapsed.wholeMicroseconds) us")
        case .refused(let refusal):
            lines.append("  refused: \(refusal.reason)")
        }
        text = lines.joined(separator: "\n")
    }
}
