import Quantities

/// What voltages mean in degrees: points with straight lines between them, such as those of an NTC in its divider.
public struct TemperatureCurve: Equatable, Sendable {
    /// The voltages at the converter, rising.
    public let millivolts: [Int64]
    /// The temperatures there, each in tenths of a degree Celsius; rising or falling all along.
    public let decidegrees: [Int64]

    /// A curve of at least two points, in the order that the properties ask for.
    init(millivolts: [Int64], decidegrees: [Int64]) {
        self.millivolts = millivolts
        self.decidegrees = decidegrees
    }

    /// The first and the last voltage.
    var ends: (low: Int64, high: Int64) { (millivolts[0], millivolts[millivolts.count - 1]) }

    /// The temperature at this voltage; `nil` beyond the ends, where the sensor is torn off or shorted.
    func temperature(atMicrovolts microvolts: Int64) -> DeciCelsius? {
        guard microvolts >= ends.low * 1_000, microvolts <= ends.high * 1_000 else { return nil }
        let upper = millivolts.firstIndex { microvolts <= $0 * 1_000 } ?? millivolts.count - 1
        guard upper > 0 else { return DeciCelsius(Int32(decidegrees[0])) }
        let (left, right) = (millivolts[upper - 1] * 1_000, millivolts[upper] * 1_000)
        let (from, to) = (decidegrees[upper - 1], decidegrees[upper])
        return DeciCelsius(Int32(from + (to - from) * (microvolts - left) / (right - left)))
    }
}
