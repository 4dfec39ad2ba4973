/// What the control thread wants of the board: levels, written again each period, never edges.
public struct BoardOutputs: Equatable, Sendable, BitwiseCopyable {
    /// The pilot generator.
    public var pilot: PilotOutput
    /// The software's part of the contactor enable. The coil is energised only while the gate is held, too, and the
    /// hardware's residual-current and emergency-stop paths are closed.
    public var contactorEnable: Bool
    /// Whether the plug is to be locked; without meaning on a tethered cable.
    public var lock: Bool
    /// The board's own pilot relay: `false` takes the pilot off the plug. Without meaning on a board without that
    /// relay.
    public var pilotConnected: Bool
    /// Drives the residual-current monitor's test input.
    public var residualSelfTest: Bool

    /// A set of output levels.
    public init(
        pilot: PilotOutput, contactorEnable: Bool, lock: Bool, pilotConnected: Bool = true,
        residualSelfTest: Bool = false
    ) {
        self.pilot = pilot
        self.contactorEnable = contactorEnable
        self.lock = lock
        self.pilotConnected = pilotConnected
        self.residualSelfTest = residualSelfTest
    }

    /// What a starting, a stopping and a broken program puts out: no energy offered, contactor open, plug free.
    public static let safe = BoardOutputs(pilot: .x1, contactorEnable: false, lock: false)
}
