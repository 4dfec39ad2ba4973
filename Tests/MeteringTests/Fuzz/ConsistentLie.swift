/// A lie that both reads of the energy tell alike, for several readings.
struct ConsistentLie {
    let kind: ReplyMutation
    /// For how many readings yet.
    var readings: Int
    /// What the register showed when it began, in mWh.
    private let base: Int64
    private let difference: Int64
    private let tenths: Int64

    /// Draws a lie; `bound` is the energy of a second at the most power.
    init(from shown: Int64, bound: Int64, using generator: inout SeededGenerator) {
        kind = ReplyMutation.consistent.randomElement(using: &generator) ?? .constantRise
        // A wrong rate shows after a minute.
        let lengths = kind == .scaledEnergy ? [5, 90] : [1, 1, 2, 3, 5, 20, 90]
        readings = lengths.randomElement(using: &generator) ?? 1
        base = shown
        // Half of them close to what the bounds allow.
        difference =
            Bool.random(using: &generator)
            ? .random(in: 0...bound * 4, using: &generator)
            : .random(in: 0...1_000_000_000_000, using: &generator) >> Int64.random(in: 0...39, using: &generator)
        tenths = [1, 3, 5, 7, 11, 13, 15, 20, 100].randomElement(using: &generator) ?? 1
    }

    /// What is told in place of an energy.
    func told(_ energy: Int64) -> Int64 {
        switch kind {
        case .constantRise: energy + difference
        case .constantFall: max(0, energy - difference)
        case .scaledEnergy: base + (energy - base) * tenths / 10
        case .frozenEnergy: base
        case .zeroEnergy: 0
        case .otherFactor: energy
        default: difference
        }
    }
}
