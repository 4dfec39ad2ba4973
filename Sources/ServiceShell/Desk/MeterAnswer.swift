public import Quantities

/// One meter as the bus sees it.
public struct MeterAnswer: Equatable, Sendable, Reportable {
    /// What the meter's word is worth at present.
    public enum State: String, Equatable, Sendable { case identifying, reading, refused, lost }

    /// What the meter says it is.
    public struct Identity: Equatable, Sendable {
        public var vendor: String
        public var model: String
        public var serial: String
        public var profile: String

        public init(vendor: String, model: String, serial: String, profile: String) {
            self.vendor = vendor
            self.model = model
            self.serial = serial
            self.profile = profile
        }
    }

    /// What the mains meter leaves to the chargers, per phase.
    public struct Supply: Equatable, Sendable {
        public var fuse: Milliamps
        public var available: Milliamps
        /// Why it is not more.
        public var reason: String

        public init(fuse: Milliamps, available: Milliamps, reason: String) {
            self.fuse = fuse
            self.available = available
            self.reason = reason
        }
    }

    /// Whose energy it counts; `nil` for the meter of the mains.
    public var connector: UInt32?
    public var state: State
    public var identity: Identity?
    public var importRegister: MilliwattHours?
    public var power: Milliwatts?
    public var voltages: [Millivolts]
    public var currents: [Milliamps]
    public var frequency: Millihertz?
    /// Age of the last accepted reading.
    public var age: Nanoseconds?
    public var accepted: UInt64
    public var refused: UInt64
    /// Why the last refused reading was refused.
    public var lastRefusal: String?
    /// Of the meter of the mains alone.
    public var supply: Supply?

    public init(
        connector: UInt32?, state: State, identity: Identity? = nil, importRegister: MilliwattHours? = nil,
        power: Milliwatts? = nil, voltages: [Millivolts] = [], currents: [Milliamps] = [], frequency: Millihertz? = nil,
        age: Nanoseconds? = nil, accepted: UInt64, refused: UInt64, lastRefusal: String? = nil,
        supply: Supply? = nil
    ) {
        self.connector = connector
        self.state = state
        self.identity = identity
        self.importRegister = importRegister
        self.power = power
        self.voltages = voltages
        self.currents = currents
        self.frequency = frequency
        self.age = age
        self.accepted = accepted
        self.refused = refused
        self.lastRefusal = lastRefusal
        self.supply = supply
    }

    var report: Report {
        var report = Report()
        report.add("connector", connector.map { .count(UInt64($0)) } ?? .nothing)
        if connector == nil { report.add("watches", .text("mains")) }
        report.add("state", .text(state.rawValue))
        report.add("vendor", .text(identity?.vendor))
        report.add("model", .text(identity?.model))
        report.add("serial", .text(identity?.serial))
        report.add("profile", .text(identity?.profile))
        report.add("import", .milliwattHours(importRegister))
        report.add("power", .milliwatts(power))
        report.add("voltage", .voltages(voltages))
        report.add("current", .currents(currents))
        report.add("frequency", .millihertz(frequency))
        report.add("age", .duration(age))
        report.add("accepted", .count(accepted))
        report.add("refused", .count(refused))
        report.add("last refusal", lastRefusal.map { .text($0) } ?? .nothing)
        if let supply {
            report.add("fuse", .milliamps(supply.fuse))
            report.add("available", .milliamps(supply.available))
            report.add("reason", .text(supply.reason))
        }
        return report
    }
}
