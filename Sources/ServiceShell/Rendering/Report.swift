public import Quantities

/// A typed answer, before it is shown: named values in a fixed order.
///
/// Both renderings come from this one value, so people and programs are told the same.
public struct Report: Equatable, Sendable {
    /// One named value.
    public struct Field: Equatable, Sendable {
        /// Lower-case words.
        public let name: String
        public let value: ReportValue
    }

    public private(set) var fields: [Field] = []

    public init() {}

    /// Adds a value under a name of lower-case words.
    public mutating func add(_ name: String, _ value: ReportValue) { fields.append(Field(name: name, value: value)) }
}

/// One value of a report. `nil` is a value that is not known, and is shown as such.
public enum ReportValue: Equatable, Sendable {
    /// Known to be none: no error yet, no session open.
    case nothing
    /// The same of a value with a unit, which a program finds behind the name all the same.
    indirect case none(of: ReportValue)
    case text(String?)
    case count(UInt64?)
    case flag(Bool?)
    /// Bytes shown as lower-case hex.
    case bytes([UInt8]?)
    case milliamps(Milliamps?)
    case millivolts(Millivolts?)
    /// What one count of a converter is.
    case microvoltsPerCount(Int64?)
    case milliwatts(Milliwatts?)
    case milliwattHours(MilliwattHours?)
    case millihertz(Millihertz?)
    case ohms(Ohms?)
    case deciCelsius(DeciCelsius?)
    case microunits(Microunits?)
    /// Shown as percent: 125 is 1.25 %.
    case basisPoints(BasisPoints?)
    case duration(Nanoseconds?)
    /// Milliseconds since 1970-01-01T00:00:00Z.
    case time(unixMilliseconds: Int64?)
    /// One value a phase.
    case currents([Milliamps])
    /// One value a phase.
    case voltages([Millivolts])
    case rows([Report])
    /// Rows whose first two values name and judge them, and stand in columns; what else is known stands beside them.
    case table([Report])
    /// Values of one kind of thing, in one line.
    case inline(Report)

    /// What a program finds behind the name, so that no number is without its unit.
    var unitSuffix: String {
        switch self {
        case .nothing, .text, .count, .flag, .bytes, .rows, .table, .inline: ""
        case .none(let kind): kind.unitSuffix
        case .milliamps, .currents: "_ma"
        case .millivolts, .voltages: "_mv"
        case .microvoltsPerCount: "_uv_per_count"
        case .milliwatts: "_mw"
        case .milliwattHours: "_mwh"
        case .millihertz: "_mhz"
        case .ohms: "_ohm"
        case .deciCelsius: "_dc"
        case .microunits: "_micro"
        case .basisPoints: "_bp"
        case .duration, .time: "_ms"
        }
    }
}
