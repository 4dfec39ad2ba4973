import Quantities

/// Peak-hold circuits for both half waves, read through the kernel's IIO converters.
final class PeakDetectorSampler: PilotSampler {
    private let high: ConverterInput
    private let low: ConverterInput

    /// The generator's supply is ±12 V; a level beyond this is a broken detector or a wrong calibration, not a pilot.
    private static let limit = Millivolts(15_500)

    init(_ wiring: GPIOWiring, sysfsRoot: String) throws(BoardError) {
        high = try ConverterInput(wiring.pilotHigh, sysfsRoot: sysfsRoot)
        low = try ConverterInput(wiring.pilotLow, sysfsRoot: sysfsRoot)
    }

    func readPilot() throws(BoardError) -> PilotReading {
        PilotReading(high: try high.read(limit: Self.limit), low: try low.read(limit: Self.limit))
    }
}
