internal import FoundationEssentials
internal import Quantities

/// What the daemon says of itself: one JSON object, one line, the same on the status socket, in the technician's shell
/// and in `wattseal status`.
///
/// Units are in the keys: `_mwh` milliwatt-hours, `_mw` milliwatts, `_ma` milliamperes, `_micro` millionths of the
/// ledger's unit of account, `_ms` milliseconds. Hashes and identifiers are lower-case hexadecimal.
public struct StatusReport: Codable, Equatable, Sendable {
    /// Hash of the genesis key; the device's name on the ledger.
    public var device = ""
    /// Connector 1 and its meter, as they stand in `connectors`, too.
    public var connector = Connector()
    public var meter = Meter()
    /// Every connector, from 1 on.
    public var connectors: [Outlet] = []
    /// The mains meter; absent where there is none.
    public var mains: Mains?
    /// The card readers, in the configuration's order; absent where there are none.
    public var readers: [CardReader]?
    public var records = Records()
    public var ledger = Ledger()
    /// What this process could not get (real-time priority, locked memory …), in words.
    public var limitations: [String] = []
    /// How punctual the control loop is.
    public var timing = Timing()

    /// One connector with its meter and what its last session has brought.
    public struct Outlet: Codable, Equatable, Sendable {
        /// Its number, and its chain's.
        public var number: UInt32
        public var connector = Connector()
        public var meter = Meter()
        /// What the session's grant has paid so far, by proof; after the end, the settlement.
        public var paidMicro: Int64 = 0
        public var commissionMicro: Int64 = 0
        /// Whether the settlement of the last session has been proved, so that a receipt can be made.
        public var settled = false
        /// Why this connector alone sells nothing, or empty.
        public var problem = ""
        /// The newest test of the residual-current monitor since the start; absent before the first.
        public var residualTest: ResidualTest?

        /// A connector of which nothing is known yet.
        public init(number: UInt32) { self.number = number }

        enum CodingKeys: String, CodingKey {
            case number, connector, meter, settled, problem
            case paidMicro = "paid_micro"
            case commissionMicro = "commission_micro"
            case residualTest = "residual_test"
        }
    }

    /// How a test of the residual-current monitor came out.
    public struct ResidualTest: Codable, Equatable, Sendable {
        public var passed: Bool
        /// From the test input to the later of the two trips; absent where it did not trip.
        public var tripUS: Int64?

        enum CodingKeys: String, CodingKey {
            case passed
            case tripUS = "trip_us"
        }
    }

    /// The connector and its session.
    public struct Connector: Codable, Equatable, Sendable {
        /// `A1` to `F1`, or `invalid`: the pilot's state with x1 or x2.
        public var state = "invalid"
        /// Where the session stands.
        public var phase = "starting"
        /// Session id, or empty outside a session; the last session's stays until the next begins.
        public var session = ""
        public var contactorClosed = false
        /// Whether the contactor is told to close.
        public var isEnabled = false
        /// The current that the pilot offers, per phase.
        public var offeredMA: Int32 = 0
        /// Why it is not more.
        public var limit = ""
        /// Energy of the session so far.
        public var energyMWh: Int64 = 0
        /// Whether the session has begun and not ended.
        public var isSessionOpen = false
        /// The fault that stands, in the driver's words, or empty.
        public var fault = ""
        /// Its number in the fault table; 0 for none.
        public var faultCode: UInt16 = 0
        /// The numbers of all faults that stand, the one that is shown before others of its effect.
        public var faultCodes: [UInt16] = []
        /// Since when each of them has been shown; stays in this process.
        var faultsSince: [UInt16: MonotonicInstant] = [:]
        /// How many phases a closed contactor connects.
        public var phases = 3
        /// How often the contactor has closed since it was new.
        public var operations: UInt32 = 0
        /// From the command to the mirror contact, at the newest closing and opening; 0 where none was timed.
        public var closingUS: Int64 = 0
        public var openingUS: Int64 = 0
        /// What service mode does here: empty where it does not stand, else `service mode`, or the test that runs.
        public var service = ""

        enum CodingKeys: String, CodingKey {
            case state, phase, session, limit, fault, phases, operations, service
            case contactorClosed = "contactor_closed"
            case isEnabled = "contactor_enabled"
            case offeredMA = "offered_ma"
            case energyMWh = "energy_mwh"
            case isSessionOpen = "session_open"
            case closingUS = "closing_us"
            case openingUS = "opening_us"
            case faultCode = "fault_code"
            case faultCodes = "fault_codes"
        }
    }

    /// The billing meter.
    public struct Meter: Codable, Equatable, Sendable {
        /// As the meter names itself; empty while it has not.
        public var vendor = ""
        public var model = ""
        public var serial = ""
        /// The register map's name.
        public var profile = ""
        public var importMWh: Int64 = 0
        public var powerMW: Int64 = 0
        /// Whether the newest accepted reading had a power.
        public var hasPower = false
        /// L1, L2 and L3 of the newest accepted reading; null where the meter does not say.
        public var voltageMV: [Int32?] = [nil, nil, nil]
        public var currentMA: [Int32?] = [nil, nil, nil]
        /// The mains' frequency in mHz; absent where the meter does not say.
        public var frequencyMHz: Int32?
        /// Age of the newest accepted reading; -1 without one.
        public var ageMS: Int64 = -1
        /// Readings accepted and refused since the start, and why the newest refused one was.
        public var accepted: UInt64 = 0
        public var refused: UInt64 = 0
        public var problem = ""
        /// Whether it does not answer at all.
        public var isLost = false
        /// What happened on its line.
        public var line = Line()

        enum CodingKeys: String, CodingKey {
            case vendor, model, serial, profile, accepted, refused, problem, line
            case importMWh = "import_mwh"
            case powerMW = "power_mw"
            case hasPower = "power_known"
            case voltageMV = "voltage_mv"
            case currentMA = "current_ma"
            case frequencyMHz = "frequency_mhz"
            case ageMS = "age_ms"
            case isLost = "lost"
        }
    }

    /// The signed records.
    public struct Records: Codable, Equatable, Sendable {
        /// Durable records over all chains.
        public var total: UInt64 = 0
        /// How many of them the ledger has proved to hold.
        public var acknowledged: UInt64 = 0
        /// The newest record: `chain/sequence kind`.
        public var last = ""
        /// Records that still fit before the sale must stop.
        public var free: UInt64 = 0
        /// Segments that can still be begun, with those that the ledger's acknowledgements have set free.
        public var segmentsOfRoom: UInt64 = 0
        /// Less than two segments of room: the ledger must take records, or the sale will stop.
        public var isNearlyFull = false
        /// How often writing went on in a fresh segment after the disk had failed.
        public var resumes: UInt64 = 0
        /// Bytes and flushes that records have cost since the start.
        public var bytes: UInt64 = 0
        public var flushes: UInt64 = 0
        /// Each chain's last record and the last one that the ledger has proved to hold.
        public var chains: [Chain] = []
        /// Why no record can be written, or empty.
        public var problem = ""

        enum CodingKeys: String, CodingKey {
            case total, last, free, bytes, flushes, chains, problem, resumes
            case segmentsOfRoom = "segments_of_room"
            case isNearlyFull = "nearly_full"
            case acknowledged = "acknowledged_total"
        }

        /// One chain.
        public struct Chain: Codable, Equatable, Sendable {
            public var number: UInt32
            public var head: UInt64
            public var acknowledged: UInt64
        }
    }

    /// The ledger as the light client has verified it.
    public struct Ledger: Codable, Equatable, Sendable {
        public var chain = ""
        /// Height of the newest verified header.
        public var height: Int64 = 0
        /// Its time, in milliseconds since 1970; 0 where there is none.
        public var headerUTCMS: Int64 = 0
        /// How long ago that was by this device's clock; -1 where either is not known.
        public var headerAgeMS: Int64 = -1
        public var reachable = false
        /// Whether the device is registered, by proof.
        public var registered = false
        /// Why the newest answer was refused or did not come, or empty.
        public var problem = ""
        /// Connector 1's, as in `connectors`.
        public var paidMicro: Int64 = 0
        public var commissionMicro: Int64 = 0
        public var settled = false

        enum CodingKeys: String, CodingKey {
            case chain, height, reachable, registered, problem, settled
            case headerUTCMS = "header_utc_ms"
            case headerAgeMS = "header_age_ms"
            case paidMicro = "paid_micro"
            case commissionMicro = "commission_micro"
        }
    }

    /// The periods of the control loop since the start. Bucket n of a histogram counts those below 2^n microseconds that no
    /// lower bucket counts; the last counts all longer ones.
    public struct Timing: Codable, Equatable, Sendable {
        public var periods: UInt64 = 0
        /// How much later than planned a period began.
        public var worstLatenessUS: Int64 = 0
        public var lateness: [UInt64] = []
        /// How long a period's work took, for all connectors together.
        public var worstStepUS: Int64 = 0
        public var step: [UInt64] = []

        enum CodingKeys: String, CodingKey {
            case periods
            case worstLatenessUS = "worst_lateness_us"
            case lateness = "lateness_log2_us"
            case worstStepUS = "worst_step_us"
            case step = "step_log2_us"
        }
    }

    /// The report as one line of JSON with sorted keys.
    public func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(self) else { return "{}" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads such a line.
    public init(json: [UInt8]) throws {
        self = try JSONDecoder().decode(StatusReport.self, from: Data(json))
    }

    /// A report of a daemon that has just started.
    public init() {}
}
