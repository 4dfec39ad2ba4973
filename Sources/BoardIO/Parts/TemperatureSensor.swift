public import Quantities

/// A temperature on the board. May take seconds; called on the temperatures' own thread alone.
public protocol TemperatureSensor: AnyObject, Sendable {
    /// The temperature now; refuses what lies outside -60 to 200 °C.
    func temperature() throws(BoardError) -> DeciCelsius
}
