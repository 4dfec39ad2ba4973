public import Quantities

/// The plug's proximity contact of a socket outlet. May take milliseconds; called on the board's own thread alone.
public protocol ProximitySensor: AnyObject, Sendable {
    /// The resistance between PP and PE, `BoardSample.openCircuit` where nothing is plugged in.
    func resistance() throws(BoardError) -> Ohms
    /// Its converter's newest reading, for any thread; `nil` where it has no converter.
    var newest: ConverterReading? { get }
}

extension ProximitySensor {
    public var newest: ConverterReading? { nil }
}
