public import Quantities

/// Noise on the pilot as the sampler sees it: another amount for each peak in each millisecond, the same for the same
/// seed.
public struct PilotNoise: Equatable, Sendable {
    /// No amount is larger than this, either way.
    public let amplitude: Millivolts
    /// What is added to the positive peak now.
    public private(set) var high = Millivolts.zero
    /// What is added to the negative peak now.
    public private(set) var low = Millivolts.zero
    private var numbers: SeededNumbers

    /// Noise of this amplitude; zero for none.
    public init(amplitude: Millivolts, seed: UInt64) {
        self.amplitude = amplitude
        numbers = SeededNumbers(seed: seed)
    }

    /// No noise.
    public static let none = PilotNoise(amplitude: .zero, seed: 0)

    /// Draws the next amounts.
    mutating func step() {
        guard amplitude > .zero else { return }
        let bound = Int64(amplitude.rawValue)
        high = Millivolts(Int32(numbers.next(in: -bound...bound)))
        low = Millivolts(Int32(numbers.next(in: -bound...bound)))
    }
}
