import ChargeControl
import Quantities

extension StatusReport.Connector {
    /// Takes over what the core shows; `rows` is any controller of the same configuration, for the fault table's words.
    mutating func show(_ display: DisplaySample, rows: ChargeController) {
        let shown = display.state
        state = shown.level.map { "\($0.letter)\(shown.isPowered ? 2 : 1)" } ?? "invalid"
        phase = "\(shown.phase)"
        contactorClosed = display.isClosed
        offeredMA = shown.offered.rawValue
        limit = "\(shown.limit.why)"
        energyMWh = shown.energy.rawValue
        isSessionOpen = shown.phase.isSessionOpen()
        fault = shown.fault.flatMap { rows.row(of: $0) }.map { "\($0.text)" } ?? ""
        faultCode = shown.fault?.rawValue ?? 0
    }
}

extension PilotLevel {
    /// The letter of IEC 61851-1, or the word for what is none of them.
    var letter: String {
        switch self {
        case .a: "A"
        case .b: "B"
        case .c: "C"
        case .d: "D"
        case .e: "E"
        case .f: "F"
        case .invalid: "invalid"
        }
    }
}
