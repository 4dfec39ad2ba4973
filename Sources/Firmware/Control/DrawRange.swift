import Quantities

/// What is taken from each of L1, L2 and L3: what is certain of it, and the most that it may be.
struct DrawRange: BitwiseCopyable, Sendable {
    /// Never negative; zero where nothing is certain.
    var least = InlineArray<3, Milliamps>(repeating: .zero)
    /// Never below `least`.
    var most = InlineArray<3, Milliamps>(repeating: .zero)

    /// No conductor of a charger carries so much; what is beyond it is a number gone wrong.
    static let beyondUse = Milliamps(10_000_000)

    /// Widens the range by what was taken at another moment.
    mutating func include(_ other: DrawRange) {
        for phase in 0..<3 {
            least[phase] = min(least[phase], other.least[phase])
            most[phase] = max(most[phase], other.most[phase])
        }
    }

    /// Adds what one connector takes.
    ///
    /// - Parameter order: which phases of this range its own are.
    mutating func add(_ other: DrawRange, on order: PhaseOrder) {
        for phase in 0..<order.count {
            let place = order.place(of: phase)
            least[place] += other.least[phase]
            most[place] += other.most[phase]
        }
    }
}
