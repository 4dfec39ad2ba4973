public import Quantities

/// A temperature on the board. May take milliseconds; called on the board's own thread alone.
public protocol TemperatureSensor: AnyObject, Sendable {
    /// The temperature now; refuses what lies outside -60 to 200 °C.
    func temperature() throws(BoardError) -> DeciCelsius
}
