import Quantities

/// Peak-hold circuits for both half waves, read through the kernel's IIO converters.
final class PeakDetectorSampler: PilotSampler {
    private let high: ConverterInput
    private let low: ConverterInput

    init(
        high: GPIOWiring.ConverterChannel, low: GPIOWiring.ConverterChannel, sysfsRoot: String
    ) throws(BoardError) {
        self.high = try ConverterInput(high, sysfsRoot: sysfsRoot)
        self.low = try ConverterInput(low, sysfsRoot: sysfsRoot)
    }

    func readPilot() throws(BoardError) -> PilotReading {
        PilotReading(high: try high.read(limit: PilotLimit.level), low: try low.read(limit: PilotLimit.level))
    }
}
