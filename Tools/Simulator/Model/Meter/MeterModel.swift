/// The meters that the plant can be.
public enum MeterModel: String, CaseIterable, Sendable {
    /// Eastron SDM630-Modbus V2.
    case sdm630
    /// Schneider iEM3155.
    case iem3155

    /// The factory line: baud rate and bits per character (start, data, parity, stop).
    public var line: (baud: Int64, bitsPerCharacter: Int64) {
        switch self {
        case .sdm630: (9_600, 10)
        case .iem3155: (19_200, 11)
        }
    }
}
