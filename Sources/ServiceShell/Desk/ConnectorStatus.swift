public import Quantities

/// One connector as the control core sees it.
public struct ConnectorStatus: Equatable, Sendable, Reportable {
    /// The pilot's state as IEC 61851-1 names it, or why it has none.
    public enum PilotState: String, Equatable, Sendable {
        case a = "A"
        case b = "B"
        case c = "C"
        case d = "D"
        case e = "E"
        case f = "F"
        case invalid
        case disconnectedByUs = "disconnected by us"
    }

    /// A contact, as its feedback tells.
    public enum Contact: String, Equatable, Sendable { case open, closed, unknown }

    public var number: UInt32
    public var pilot: PilotState
    public var contactor: Contact
    /// The session's id, while one is open.
    public var session: [UInt8]?
    /// Energy of the open session.
    public var energy: MilliwattHours?
    /// What the pilot offers; `nil` while it offers nothing.
    public var offered: Milliamps?
    /// Why it is not more: one line.
    public var limitReason: String
    /// Measured, one a phase; empty where nothing measures.
    public var currents: [Milliamps]
    public var temperature: DeciCelsius?
    public var activeFaults: UInt32
    /// What service mode does here, in words; nil while it does not stand.
    public var service: String?

    public init(
        number: UInt32, pilot: PilotState, contactor: Contact, session: [UInt8]? = nil, energy: MilliwattHours? = nil,
        offered: Milliamps? = nil, limitReason: String, currents: [Milliamps] = [], temperature: DeciCelsius? = nil,
        activeFaults: UInt32,
        service: String? = nil
    ) {
        self.number = number
        self.pilot = pilot
        self.contactor = contactor
        self.session = session
        self.energy = energy
        self.offered = offered
        self.limitReason = limitReason
        self.currents = currents
        self.temperature = temperature
        self.activeFaults = activeFaults
        self.service = service
    }

    var report: Report {
        var report = Report()
        report.add("connector", .count(UInt64(number)))
        report.add("pilot", .text(pilot.rawValue))
        report.add("contactor", .text(contactor.rawValue))
        report.add("offered", .milliamps(offered ?? .zero))
        report.add("limited by", .text(limitReason))
        report.add("current", .currents(currents))
        report.add("session", session.map { .bytes($0) } ?? .nothing)
        report.add("energy", .milliwattHours(energy ?? .zero))
        report.add("temperature", .deciCelsius(temperature))
        report.add("faults", .count(UInt64(activeFaults)))
        report.add("service mode", service.map { .text($0) } ?? .nothing)
        return report
    }
}
