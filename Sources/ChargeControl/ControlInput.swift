public import Quantities

/// What the core is told in one period of 5 ms.
///
/// A fresh value says the least: nothing is measured, nothing is known, nothing is authorised.
public struct ControlInput: Sendable, BitwiseCopyable {
    /// The newest sample of the pilot; `nil` where the board has none that is valid. Older than 15 ms it is stale.
    public var pilot: PilotSample?
    /// Both feedbacks of the contactor, pole by pole.
    public var contactor: ContactorFeedback
    /// The current in each phase, `nil` where it is not measured. A single-phase charger uses the first alone.
    public var currents: PhaseCurrents
    /// The mains as it is measured.
    public var mains: MainsVoltages
    /// The electronics' temperature; `nil` where it is not measured.
    public var boardTemperature: DeciCelsius?
    /// The plug's contacts' temperature; `nil` where it is not measured.
    public var plugTemperature: DeciCelsius?
    /// Protective earth is there; `nil` where that cannot be seen.
    public var earthPresent: Bool?
    /// The enclosure's contact is open.
    public var enclosureOpen: Bool
    /// The board's own supply is failing.
    public var supplyLow: Bool
    /// The coil gate holds, by its read-back; `nil` where that cannot be seen.
    public var gateHeld: Bool?
    /// The socket's lock.
    public var lock: LockFeedback
    /// The fan for state D runs.
    public var fanRuns: Bool
    /// The emergency stop is pressed, or its loop is broken.
    public var emergencyStop: Bool
    /// The monitor tripped on smooth direct residual current.
    public var residualDirect: Bool
    /// The monitor tripped on alternating residual current.
    public var residualAlternating: Bool
    /// The proximity contact of the socket; `nil` where it is not measured. A tethered charger does not use it.
    public var proximity: Ohms?
    /// How much later than planned this period began.
    public var lateness: Nanoseconds
    /// The newest accepted meter reading; the core knows by its number whether it is new.
    public var energy: EnergySample?
    /// What the meter's bus says of the meter.
    public var meter: MeterState
    /// Since when it says so.
    public var meterSince: MonotonicInstant
    /// What the store of records says of itself.
    public var recordStore: RecordStoreState
    /// The grant that stands, if any.
    public var authorization: Authorization?
    /// The number of the newest session whose begin record is durable (`SessionMark.session`); 0 for none.
    public var durableBegin: UInt32
    /// What the sources outside the core allow. The core's own sources (session, temperature, phase, hardware, cable) are
    /// not read from here.
    public var limits: LimitTable
    /// The phases that a closed contactor should connect, where they can be switched.
    public var wantedPhases: PhaseMode
    /// The owner asks that nothing be charged. A session that runs ends.
    public var ownerStop: Bool
    /// The firmware wants to end (first SIGTERM): stop gently, end the session, then `shutdownComplete`.
    public var softShutdown: Bool
    /// The firmware must end (second SIGTERM): open at once.
    public var hardShutdown: Bool
    /// Someone at the charger asks to reset what a local reset clears.
    public var localReset: Bool
    /// A technician resets this fault.
    public var technicianReset: FaultCode?
    /// A technician asks for a residual self-test.
    public var selfTestRequest: Bool
    /// What a technician asks of service mode.
    public var service: ServiceWish

    /// Nothing measured, nothing known, nothing authorised.
    @_noLocks
    public init() {
        pilot = nil
        contactor = .unknown
        currents = PhaseCurrents(first: nil, second: nil, third: nil)
        mains = .unknown
        boardTemperature = nil
        plugTemperature = nil
        earthPresent = nil
        enclosureOpen = false
        supplyLow = false
        gateHeld = nil
        lock = .unknown
        fanRuns = false
        emergencyStop = false
        residualDirect = false
        residualAlternating = false
        proximity = nil
        lateness = .zero
        energy = nil
        meter = .lost
        meterSince = MonotonicInstant(nanoseconds: 0)
        recordStore = .failed
        authorization = nil
        durableBegin = 0
        limits = LimitTable()
        wantedPhases = .three
        ownerStop = false
        softShutdown = false
        hardShutdown = false
        localReset = false
        technicianReset = nil
        selfTestRequest = false
        service = ServiceWish()
    }
}
