public import Quantities

/// What the control core of one connector was last told by its board, and over the last minute.
public struct ConnectorSample: Equatable, Sendable {
    /// The pilot's two peaks at the charger's terminal.
    public struct Pilot: Equatable, Sendable {
        public var state: ConnectorStatus.PilotState
        /// nil where the core was given no valid sample.
        public var high: Millivolts?
        public var low: Millivolts?
        /// Over `window`: the least and the most; nil where no sample was valid.
        public var highs: ClosedRange<Millivolts>?
        public var lows: ClosedRange<Millivolts>?
        /// How far back the recorder goes, at most a minute.
        public var window: Nanoseconds
        /// What it offers; zero at x1.
        public var offered: Milliamps
        /// The high time of its PWM that says so, as the charger was told to make it; nil at x1, where there is none.
        public var duty: BasisPoints?
        /// The car's diode: seen while the negative half wave stands at −12 V with PWM on; nil where no PWM runs.
        public var isDiodeSeen: Bool?

        public init(
            state: ConnectorStatus.PilotState, high: Millivolts? = nil, low: Millivolts? = nil,
            highs: ClosedRange<Millivolts>? = nil, lows: ClosedRange<Millivolts>? = nil, window: Nanoseconds = .zero,
            offered: Milliamps = .zero, duty: BasisPoints? = nil, isDiodeSeen: Bool? = nil
        ) {
            self.state = state
            self.high = high
            self.low = low
            self.highs = highs
            self.lows = lows
            self.window = window
            self.offered = offered
            self.duty = duty
            self.isDiodeSeen = isDiodeSeen
        }
    }

    /// The contactor, pole by pole.
    public struct Contactor: Equatable, Sendable {
        public var isEnabled: Bool
        public var mirror: ConnectorStatus.Contact
        public var secondMirror: ConnectorStatus.Contact
        /// Behind L1, L2, L3.
        public var loads: [ConnectorStatus.Contact]
        /// Closings since it was new.
        public var operations: UInt32

        public init(
            isEnabled: Bool, mirror: ConnectorStatus.Contact, secondMirror: ConnectorStatus.Contact,
            loads: [ConnectorStatus.Contact], operations: UInt32
        ) {
            self.isEnabled = isEnabled
            self.mirror = mirror
            self.secondMirror = secondMirror
            self.loads = loads
            self.operations = operations
        }
    }

    /// One limit on the current from outside the core.
    public struct Limit: Equatable, Sendable {
        public var source: String
        public var current: Milliamps
        public var reason: String

        public init(source: String, current: Milliamps, reason: String) {
            self.source = source
            self.current = current
            self.reason = reason
        }
    }

    /// The plug's lock, as its feedback tells.
    public enum Lock: String, Equatable, Sendable { case locked, unlocked, unknown }

    public var number: UInt32
    /// How old the sample is.
    public var age: Nanoseconds
    public var pilot: Pilot
    public var contactor: Contactor
    public var proximity: Ohms?
    /// What the proximity contact says that the cable carries.
    public var cableRating: Milliamps?
    public var residualDirectTripped: Bool
    public var residualAlternatingTripped: Bool
    /// Trips that began within the last minute, of either kind.
    public var residualTrips: UInt32
    public var earthPresent: Bool?
    public var boardTemperature: DeciCelsius?
    public var plugTemperature: DeciCelsius?
    public var lock: Lock
    public var isSupplyLow: Bool
    public var isGateHeld: Bool?
    public var isEmergencyStop: Bool
    public var isEnclosureOpen: Bool
    /// L1 on, up to the first that is not measured.
    public var voltages: [Millivolts]
    public var frequency: Millihertz?
    /// What flows to the car, L1 on, up to the first that is not measured.
    public var currents: [Milliamps]
    public var limits: [Limit]
    /// Which limit binds: one line.
    public var binding: String

    public init(
        number: UInt32, age: Nanoseconds, pilot: Pilot, contactor: Contactor, proximity: Ohms? = nil,
        cableRating: Milliamps? = nil, residualDirectTripped: Bool = false, residualAlternatingTripped: Bool = false,
        residualTrips: UInt32 = 0, earthPresent: Bool? = nil, boardTemperature: DeciCelsius? = nil,
        plugTemperature: DeciCelsius? = nil, lock: Lock = .unknown, isSupplyLow: Bool = false, isGateHeld: Bool? = nil,
        isEmergencyStop: Bool = false, isEnclosureOpen: Bool = false, voltages: [Millivolts] = [],
        frequency: Millihertz? = nil, currents: [Milliamps] = [], limits: [Limit] = [], binding: String = ""
    ) {
        self.number = number
        self.age = age
        self.pilot = pilot
        self.contactor = contactor
        self.proximity = proximity
        self.cableRating = cableRating
        self.residualDirectTripped = residualDirectTripped
        self.residualAlternatingTripped = residualAlternatingTripped
        self.residualTrips = residualTrips
        self.earthPresent = earthPresent
        self.boardTemperature = boardTemperature
        self.plugTemperature = plugTemperature
        self.lock = lock
        self.isSupplyLow = isSupplyLow
        self.isGateHeld = isGateHeld
        self.isEmergencyStop = isEmergencyStop
        self.isEnclosureOpen = isEnclosureOpen
        self.voltages = voltages
        self.frequency = frequency
        self.currents = currents
        self.limits = limits
        self.binding = binding
    }
}
