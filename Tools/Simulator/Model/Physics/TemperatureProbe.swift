public import Quantities

/// A temperature sensor. A sound one never stands quite still: its last digit moves once a second.
public struct TemperatureProbe: Equatable, Sendable {
    /// What is wrong with it.
    public enum Fault: Equatable, Sendable {
        case none
        /// No reading.
        case missing
        /// This reading, whatever the temperature does.
        case frozen(DeciCelsius)
    }

    /// The true temperature.
    public var temperature = DeciCelsius(250)
    /// What is wrong with the sensor.
    public var fault = Fault.none

    /// A sound sensor at 25 °C.
    public init() {}

    /// What it reads at this moment.
    public func reading(at now: MonotonicInstant) -> DeciCelsius? {
        switch fault {
        case .missing: nil
        case .frozen(let reading): reading
        case .none: DeciCelsius(temperature.rawValue + Int32(now.nanoseconds / 1_000_000_000 & 1))
        }
    }

    /// Freezes it at what it reads now.
    public mutating func freeze(at now: MonotonicInstant) {
        if let reading = reading(at: now) { fault = .frozen(reading) }
    }
}
