/// What the control thread wants of the board: levels, written again each period, never edges.
public struct BoardOutputs: Equatable, Sendable, BitwiseCopyable {
    /// The pilot generator.
    public var pilot: PilotOutput
    /// The software's part of the contactor enable. The coil is energised only while the gate is held, too, and the
    /// hardware's residual-current and emergency-stop paths are closed.
    public var contactorEnable: Bool
    /// Whether L2 and L3 close along; without meaning on a board without phase switching. A driver puts this out before
    /// the enable.
    public var phases: PhaseSelection
    /// Whether the plug is to be locked; without meaning on a tethered cable.
    public var lock: Bool
    /// The board's own pilot relay: `false` takes the pilot off the plug. Without meaning on a board without that
    /// relay.
    public var pilotConnected: Bool
    /// Drives the residual-current monitor's test input.
    public var residualSelfTest: Bool
    /// The fan for state D.
    public var ventilation: Bool
    /// The charger's lamps; without meaning on a board without any. A lamp that cannot be lit stops nothing.
    public var indication: Indication

    /// A set of output levels.
    public init(
        pilot: PilotOutput, contactorEnable: Bool, phases: PhaseSelection = .three, lock: Bool,
        pilotConnected: Bool = true, residualSelfTest: Bool = false, ventilation: Bool = false,
        indication: Indication = .off
    ) {
        self.pilot = pilot
        self.contactorEnable = contactorEnable
        self.phases = phases
        self.lock = lock
        self.pilotConnected = pilotConnected
        self.residualSelfTest = residualSelfTest
        self.ventilation = ventilation
        self.indication = indication
    }

    /// What a starting, a stopping and a broken program puts out: no energy offered, contactor open with L2 and L3 at
    /// rest, plug free. A control loop that ends leaves the lock as it was, since a weld may keep the plug live.
    public static let safe = BoardOutputs(pilot: .x1, contactorEnable: false, phases: .single, lock: false)
}
