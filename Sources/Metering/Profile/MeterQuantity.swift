/// What a field of a meter measures.
public enum MeterQuantity: String, CaseIterable, Equatable, Sendable {
    case importEnergy = "import"
    case exportEnergy = "export"
    /// Phase to neutral.
    case voltage = "u"
    case current = "i"
    /// Active power of each phase.
    case power = "p"
    /// Active power of all phases.
    case totalPower = "p_total"
    case frequency = "f"

    /// The units that it can be written in, with the power of ten that leads to its thousandth.
    var units: [(name: String, exponent: Int)] {
        switch self {
        case .importEnergy, .exportEnergy: [("mWh", 0), ("Wh", 3), ("kWh", 6), ("MWh", 9)]
        case .voltage: [("mV", 0), ("V", 3), ("kV", 6)]
        case .current: [("mA", 0), ("A", 3)]
        case .power, .totalPower: [("mW", 0), ("W", 3), ("kW", 6), ("MW", 9)]
        case .frequency: [("mHz", 0), ("Hz", 3)]
        }
    }

    /// What can be true of any charger, in thousandths: everything else is a decoding that went wrong.
    var range: ClosedRange<Int64> {
        switch self {
        case .importEnergy, .exportEnergy: 0...1_000_000_000_000_000  // 1 TWh
        case .voltage: 0...1_000_000  // 1 kV
        case .current: -10_000_000...10_000_000  // 10 kA
        case .power, .totalPower: -10_000_000_000...10_000_000_000  // 10 MW
        case .frequency: 0...1_000_000  // 1 kHz
        }
    }

    /// Whether there is one value for each phase.
    var isPerPhase: Bool {
        switch self {
        case .voltage, .current, .power: true
        case .importEnergy, .exportEnergy, .totalPower, .frequency: false
        }
    }

    var isEnergy: Bool { self == .importEnergy || self == .exportEnergy }
}
