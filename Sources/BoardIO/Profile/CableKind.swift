public import Quantities

/// How the car is connected to the charger.
public enum CableKind: Equatable, Sendable {
    /// A cable fixed to the charger, good for this current.
    case tethered(rated: Milliamps)
    /// A socket outlet; the plug's proximity contact tells the cable's current.
    case socket
}
