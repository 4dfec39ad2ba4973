public import ChargeControl

/// What the charger's board drives: the levels of its outputs.
public struct PlantDrive: Equatable, Sendable {
    /// The pilot generator; `.stateE` is an open pilot relay.
    public var pilot = PilotCommand.x1
    /// The software's part of the contactor enable.
    public var enable = false
    /// The phase relay: whether L2 and L3 close along with L1.
    public var phases = PhaseMode.three
    /// The plug lock's command.
    public var lock = false
    /// The residual-current monitor's test input.
    public var residualTest = false
    /// The fan for state D.
    public var ventilation = false

    /// What an undriven board does: nothing.
    public init() {}
}
