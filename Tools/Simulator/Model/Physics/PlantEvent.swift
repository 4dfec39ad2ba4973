public import Quantities

/// Something that changed in the plant, for measuring who reacted when.
public struct PlantEvent: Equatable, Sendable {
    /// What changed.
    public enum Kind: String, Sendable {
        case plugged, unplugged
        case pilotLevel = "pilot-level"
        case pilotOutput = "pilot-output"
        case enable
        case gate
        case coil
        case contactorClosed = "contactor-closed"
        case contactorOpened = "contactor-opened"
        case secondContactorClosed = "second-contactor-closed"
        case secondContactorOpened = "second-contactor-opened"
        case residual
        case emergencyStop = "emergency-stop"
    }

    /// When.
    public let at: MonotonicInstant
    public let kind: Kind
    /// The new value, such as `C`, `on`, or a high time in nanoseconds.
    public let value: String
}
