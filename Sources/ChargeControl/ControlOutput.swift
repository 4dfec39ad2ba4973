public import Quantities

/// What the core wants in this period. Levels, not events: each output holds until the next one; only the record intents
/// are given out once.
public struct ControlOutput: Sendable, BitwiseCopyable {
    /// What to put on the pilot.
    public var pilot: PilotCommand
    /// Whether the contactor's enable line is to be high. Write this before the gate pulse.
    public var contactorEnable: Bool
    /// Whether the gate pulse of this period may be sent. Not in the first period and not in one that came more than
    /// 40 ms late: there the enable must be written low first.
    public var gatePulseAllowed: Bool
    /// Whether the socket's plug is to be locked; always false for a tethered cable.
    public var lock: Bool
    /// What must be recorded, in order.
    public var records: RecordIntents
    /// A shutdown was asked for, the contactor is told to open and no session is open.
    public var shutdownComplete: Bool
    /// For people.
    public var display: DisplayState

    @_noLocks
    init(display: DisplayState) {
        pilot = .x1
        contactorEnable = false
        gatePulseAllowed = false
        lock = false
        records = RecordIntents()
        shutdownComplete = false
        self.display = display
    }
}

/// What a display or a status page shows.
public struct DisplayState: Sendable, BitwiseCopyable, Equatable {
    /// The pilot's settled level; `nil` before the first.
    public var level: PilotLevel?
    /// Whether PWM runs (x2) or not (x1).
    public var isPowered: Bool
    /// Where the session stands.
    public var phase: SessionPhase
    /// The current that the pilot offers now; zero at x1.
    public var offered: Milliamps
    /// What the arbiter allows, from whom and why.
    public var limit: CurrentOffer
    /// The energy of the session that runs or ran last.
    public var energy: MilliwattHours
    /// The fault to show.
    public var fault: FaultCode?
    /// The core's number of the session that runs or ran last; 0 before the first.
    public var session: UInt32

    @_noLocks
    init(
        level: PilotLevel?, isPowered: Bool, phase: SessionPhase, offered: Milliamps, limit: CurrentOffer,
        energy: MilliwattHours, fault: FaultCode?, session: UInt32
    ) {
        self.level = level
        self.isPowered = isPowered
        self.phase = phase
        self.offered = offered
        self.limit = limit
        self.energy = energy
        self.fault = fault
        self.session = session
    }
}
