import Quantities

/// The bookkeeping of the session that runs, or ran last.
struct Session: Sendable, BitwiseCopyable {
    var phase: SessionPhase
    /// Counts sessions since the controller was made.
    var number: UInt32
    /// The grant's slot.
    var slot: UInt32
    /// The reading that the begin record holds.
    var begin: EnergySample
    /// The number of the last whole kilowatt-hour that was recorded.
    var ticks: UInt32
    /// Since when a reading for the begin record is awaited.
    var preparingSince: MonotonicInstant
    /// Since when the final reading is awaited.
    var endingSince: MonotonicInstant
    /// Why it is to end, once that is decided.
    var reason: StopReason
    /// The fault that ends it.
    var fault: FaultCode?
    /// While stopping: whether the session ends after it, or is held.
    var endsAfterStopping: Bool
    /// Why the contactor is open, or is about to open, inside the session.
    var pauseCause: PauseCause
    /// While stopping: the phases are switched after it.
    var switchesAfterStopping: Bool
    /// Since when the car is being woken or the phases are being switched.
    var maneuverSince: MonotonicInstant
    /// While switching: the phase relay has been moved.
    var isSwitched: Bool
    /// Since when current is offered to a car that has not asked since; `nil` while none is.
    var offeredSince: MonotonicInstant?
    /// How often the car was woken since it last charged.
    var wakeUps: UInt8
    /// How often the phases were switched in this session.
    var phaseSwitches: UInt8
    /// The contactor was closed in this session.
    var hasClosed: Bool
    /// The contactor's wear is to be recorded, after the opening of this step is counted.
    var owesWear: Bool
    /// A pause was recorded that no resume followed.
    var isPaused: Bool
    /// Since when the car has not been asking though current is offered, after it had drawn.
    var carStoppedAt: MonotonicInstant?
    /// The energy of the session that ended last.
    var finalEnergy: MilliwattHours
    /// The slot of the grant whose session ended on this plug.
    var endedSlot: UInt32?

    @_noLocks
    init() {
        phase = .idle
        number = 0
        slot = 0
        begin = EnergySample(number: 0, imported: .zero, at: MonotonicInstant(nanoseconds: 0), elapsed: .zero)
        ticks = 0
        preparingSince = MonotonicInstant(nanoseconds: 0)
        endingSince = MonotonicInstant(nanoseconds: 0)
        reason = .unplugged
        fault = nil
        endsAfterStopping = false
        pauseCause = .car
        switchesAfterStopping = false
        maneuverSince = MonotonicInstant(nanoseconds: 0)
        isSwitched = false
        offeredSince = nil
        wakeUps = 0
        phaseSwitches = 0
        hasClosed = false
        owesWear = false
        isPaused = false
        carStoppedAt = nil
        finalEnergy = .zero
        endedSlot = nil
    }

    /// Opens the next session at a reading.
    @_noLocks
    mutating func open(slot: UInt32, at sample: EnergySample) {
        // Number 0 means "none" in the acknowledgement.
        number = number == UInt32.max ? 1 : number + 1
        self.slot = slot
        begin = sample
        ticks = 0
        reason = .unplugged
        fault = nil
        endsAfterStopping = false
        switchesAfterStopping = false
        isSwitched = false
        offeredSince = nil
        wakeUps = 0
        phaseSwitches = 0
        hasClosed = false
        isPaused = false
        carStoppedAt = nil
        phase = .beginning
    }

    /// The energy since the begin. The meter watch takes no reading below it while the session is open.
    @_noLocks
    func energy(at sample: EnergySample) -> MilliwattHours {
        sample.imported.subtractingIfFits(begin.imported) ?? .zero
    }

    /// The session and a reading, for a record.
    @_noLocks
    func mark(_ sample: EnergySample) -> SessionMark {
        SessionMark(session: number, grantSlot: slot, sample: sample, energy: energy(at: sample))
    }

    /// The tick that a new reading brings: the highest whole kilowatt-hour reached since the last one.
    @_noLocks
    mutating func tick(at sample: EnergySample) -> RecordIntent? {
        let reached = energy(at: sample).rawValue / 1_000_000
        guard reached > Int64(ticks), reached <= Int64(UInt32.max) else { return nil }
        let index = UInt32(truncatingIfNeeded: reached)
        let boundaries = index - ticks
        ticks = index
        return .tick(mark(sample), index: index, boundaries: boundaries)
    }

    /// Decides that the session ends as soon as the final reading is there.
    @_noLocks
    mutating func end(_ reason: StopReason, fault: FaultCode?, at now: MonotonicInstant) {
        self.reason = reason
        self.fault = fault
        endingSince = now
        phase = .ending
    }
}
