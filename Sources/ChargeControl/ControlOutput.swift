import Quantities

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
    /// Which phases the contactor connects when it closes. Changes only while the contactor is proven open.
    public var phases: PhaseMode
    /// What the socket's lock is driven towards, `true` for locked; always false for a tethered cable.
    public var lock: Bool
    /// Whether the residual-current monitor's test input is driven.
    public var residualTest: Bool
    /// Whether the fan for state D is to run.
    public var ventilation: Bool
    /// What this connector asks of a supply that several share (`SupplyShare`).
    public var demand: SupplyShare.Demand
    /// What must be recorded, in order.
    public var records: RecordIntents
    /// A fault was raised in this step that stops or opens: a moment worth keeping.
    public var faultRaised: Bool
    /// A shutdown was asked for, the contactor is told to open and no session is open.
    public var shutdownComplete: Bool
    /// What service mode and its tests have come to.
    public var service: ServiceReport
    /// For people.
    public var display: DisplayState

    @_noLocks
    init(display: DisplayState) {
        pilot = .x1
        contactorEnable = false
        gatePulseAllowed = false
        phases = .three
        lock = false
        residualTest = false
        ventilation = false
        demand = SupplyShare.Demand(wants: false, most: .zero, inUse: .zero)
        faultRaised = false
        records = RecordIntents()
        shutdownComplete = false
        service = ServiceReport()
        self.display = display
    }
}
