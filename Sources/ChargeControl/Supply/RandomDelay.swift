import Quantities

/// Random waits before the first offer after the mains came back. Seeded, so that a recording replays to the same waits.
struct RandomDelay: Sendable, BitwiseCopyable {
    private var state: UInt64
    private let most: Nanoseconds

    @_noLocks
    init(seed: UInt64, most: Nanoseconds) {
        state = seed
        self.most = most
    }

    /// The next wait, from nothing to `most`, in whole milliseconds (SplitMix64).
    @_noLocks
    mutating func next() -> Nanoseconds {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        let milliseconds = UInt64(truncatingIfNeeded: most.wholeMilliseconds) + 1
        return .milliseconds(Int64(truncatingIfNeeded: mixed % milliseconds))
    }
}
