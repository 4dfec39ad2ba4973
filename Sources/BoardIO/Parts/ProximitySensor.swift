public import Quantities

/// The plug's proximity contact of a socket outlet. May take milliseconds; called on the board's own thread alone.
public protocol ProximitySensor: AnyObject, Sendable {
    /// The resistance between PP and PE, `BoardSample.openCircuit` where nothing is plugged in.
    func resistance() throws(BoardError) -> Ohms
}
