/// What the charger's lamps show while service mode says so.
public enum LampPattern: UInt8, Sendable, BitwiseCopyable, Equatable, CaseIterable {
    /// None is lit.
    case off
    /// Ready for a car.
    case available
    /// A car is plugged in, and no energy flows.
    case connected
    /// Energy may flow.
    case charging
    /// A fault stands.
    case fault
    /// Service mode stands.
    case service
    /// All of them: the contacts are live for a test.
    case all
}
