import Quantities

/// Peak-hold circuits for both half waves, read through the kernel's IIO converters.
final class PeakDetectorSampler: PilotSampler {
    private let high: ConverterInput
    private let low: ConverterInput
    private let resets: PeakResets?

    /// - Parameter resets: empties the circuits before each reading; nil where they lose their charge by themselves.
    init(
        high: GPIOWiring.ConverterChannel, low: GPIOWiring.ConverterChannel, resets: PeakResets? = nil,
        sysfsRoot: String
    ) throws(BoardError) {
        self.high = try ConverterInput(high, sysfsRoot: sysfsRoot)
        self.low = try ConverterInput(low, sysfsRoot: sysfsRoot)
        self.resets = resets
    }

    func newestReading(of role: ConverterRole) -> ConverterReading? {
        switch role {
        case .pilotHigh: high.newest
        case .pilotLow: low.newest
        case .proximity: nil
        }
    }

    func readPilot() throws(BoardError) -> PilotReading {
        try resets?.begin()
        return PilotReading(high: try high.read(limit: PilotLimit.level), low: try low.read(limit: PilotLimit.level))
    }
}
