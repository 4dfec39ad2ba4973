public import Quantities

/// What the core is told in one period of 5 ms.
///
/// A fresh value says the least: nothing is measured, nothing is known, nothing is authorised.
public struct ControlInput: Sendable, BitwiseCopyable {
    /// The newest sample of the pilot; `nil` where the board has none that is valid. Older than 15 ms it is stale.
    public var pilot: PilotSample?
    /// The contactor's mirror contact.
    public var mirrorContact: ContactFeedback
    /// The voltage on the contactor's load side: `closed` where it is live.
    public var loadSide: ContactFeedback
    /// The current in each phase, `nil` where it is not measured. A single-phase charger uses the first alone.
    public var currents: PhaseCurrents
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
    /// The owner asks that nothing be charged. A session that runs ends.
    public var ownerStop: Bool
    /// The firmware wants to end (first SIGTERM): stop gently, end the session, then `shutdownComplete`.
    public var softShutdown: Bool
    /// The firmware must end (second SIGTERM): open at once.
    public var hardShutdown: Bool
    /// Someone at the charger asks to reset what a local reset clears.
    public var localReset: Bool

    /// Nothing measured, nothing known, nothing authorised.
    @_noLocks
    public init() {
        pilot = nil
        mirrorContact = .unknown
        loadSide = .unknown
        currents = PhaseCurrents(first: nil, second: nil, third: nil)
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
        ownerStop = false
        softShutdown = false
        hardShutdown = false
        localReset = false
    }
}

/// The current in each phase.
public struct PhaseCurrents: Sendable, BitwiseCopyable, Equatable {
    /// L1.
    public var first: Milliamps?
    /// L2.
    public var second: Milliamps?
    /// L3.
    public var third: Milliamps?

    /// Three currents, `nil` where one is not measured.
    @_noLocks
    public init(first: Milliamps?, second: Milliamps?, third: Milliamps?) {
        self.first = first
        self.second = second
        self.third = third
    }

    /// Whether every phase that the charger has is measured and carries less than this either way.
    @_noLocks
    func areAllBelow(_ limit: Milliamps, phases: UInt8) -> Bool {
        guard Self.isBelow(first, limit) else { return false }
        if phases == 1 { return true }
        return Self.isBelow(second, limit) && Self.isBelow(third, limit)
    }

    /// Whether a measured phase carries more than this.
    @_noLocks
    func isAnyAbove(_ limit: Milliamps) -> Bool {
        if let first, first > limit { return true }
        if let second, second > limit { return true }
        if let third, third > limit { return true }
        return false
    }

    @_noLocks
    private static func isBelow(_ current: Milliamps?, _ limit: Milliamps) -> Bool {
        guard let current else { return false }
        return current < limit && current > Milliamps(0) - limit
    }
}
