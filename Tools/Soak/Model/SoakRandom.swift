/// Random numbers of a seed (SplitMix64): the same seed makes the same world.
public struct SoakRandom: Sendable {
    private var state: UInt64

    /// The numbers of a seed.
    public init(seed: UInt64) {
        state = seed
        _ = next()
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `bound` - 1.
    public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// A number from `least` to `most`.
    mutating func between(_ least: Int64, _ most: Int64) -> Int64 {
        least + Int64(next() % UInt64(most - least + 1))
    }

    /// True once in so many times.
    mutating func chance(oneIn count: Int) -> Bool { below(count) == 0 }

    /// A duration between two numbers of milliseconds, in nanoseconds.
    mutating func milliseconds(_ least: Int64, _ most: Int64) -> Int64 { between(least, most) * 1_000_000 }
}
