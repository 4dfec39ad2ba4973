import ChargeControl

/// A fault that stands, in words for whoever looks at the charger.
struct FaultExplanation: Codable, Equatable, Sendable {
    let connector: UInt32
    /// Its number in the fault table.
    let code: UInt16
    let name: String
    /// `warn`, `stop`, `open`.
    let effect: String
    /// What the effect is.
    let meaning: String
    /// What has to happen for it to go.
    let clearedBy: String

    enum CodingKeys: String, CodingKey {
        case connector, code, name, effect, meaning
        case clearedBy = "cleared_by"
    }

    init(connector: UInt32, code: FaultCode, row: FaultRow) {
        self.connector = connector
        self.code = code.rawValue
        name = "\(row.text)"
        effect = "\(row.rule.effect)"
        meaning =
            switch row.rule.effect {
            case .warn: "Charging goes on."
            case .stop: "The car is asked to stop, and charging ends within 6 s."
            case .open: "The contactor opens at once."
            }
        clearedBy = row.rule.latch.clearing
    }
}
