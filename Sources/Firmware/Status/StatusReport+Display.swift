import ChargeControl
import Quantities

extension StatusReport.Connector {
    /// Takes over what the core shows; `control` is its configuration, for the fault table's words.
    mutating func show(
        _ display: DisplaySample, control: ControlConfiguration, at now: MonotonicInstant = SystemClock.now()
    ) {
        let shown = display.state
        state = shown.level.map { "\($0.letter)\(shown.isPowered ? 2 : 1)" } ?? "invalid"
        phase = "\(shown.phase)"
        contactorClosed = display.isClosed
        isEnabled = display.enabled
        offeredMA = shown.offered.rawValue
        limit = "\(shown.limit.why)"
        energyMWh = shown.energy.rawValue
        isSessionOpen = shown.phase.isSessionOpen()
        fault = shown.fault.map { "\($0.row(for: control).text)" } ?? ""
        faultCode = shown.fault?.rawValue ?? 0
        faultCodes = shown.faults.codes.map(\.rawValue)
        faultsSince = Dictionary(
            faultCodes.map { ($0, faultsSince[$0] ?? now) }, uniquingKeysWith: { first, _ in first })
        phases = shown.phases == .single ? 1 : 3
        operations = shown.wear.operations
        closingUS = shown.wear.closingTime.wholeMicroseconds
        openingUS = shown.wear.openingTime.wholeMicroseconds
        service = shown.service.words
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
