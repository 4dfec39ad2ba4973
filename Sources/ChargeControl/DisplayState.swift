public import Quantities

/// What a display or a status page shows.
public struct DisplayState: Sendable, BitwiseCopyable, Equatable {
    /// The pilot's settled level; `nil` before the first, and while the charger itself holds the pilot at E or F.
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
    /// Every fault that stands.
    public var faults: FaultSet
    /// The phases that a closed contactor connects.
    public var phases: PhaseMode
    /// What the contactor has been through.
    public var wear: ContactorWear
    /// The core's number of the session that runs or ran last; 0 before the first.
    public var session: UInt32
    /// Whether the connector is in service mode, and what is tested there.
    public var service: ServiceActivity

    @_noLocks
    init(
        level: PilotLevel?, isPowered: Bool, phase: SessionPhase, offered: Milliamps, limit: CurrentOffer,
        energy: MilliwattHours, fault: FaultCode?, faults: FaultSet, phases: PhaseMode, wear: ContactorWear,
        session: UInt32, service: ServiceActivity
    ) {
        self.level = level
        self.isPowered = isPowered
        self.phase = phase
        self.offered = offered
        self.limit = limit
        self.energy = energy
        self.fault = fault
        self.faults = faults
        self.phases = phases
        self.wear = wear
        self.session = session
        self.service = service
    }
}
