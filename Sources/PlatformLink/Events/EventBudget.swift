import Quantities

// Pure: (state, what came, time) -> (state, verdict). Whatever a node sends as events, a device looks at the ledger at most
// once more in each interval for it, and reads no more frames and bytes a minute than this; past that the connection ends.

/// What a node's events may cost.
struct EventBudget: Equatable, Sendable {
    /// What becomes of a frame.
    enum Verdict: Equatable, Sendable {
        /// Look at the ledger now.
        case hint
        /// A look is due soon enough without it.
        case quiet
        /// The node sends too much: end the connection.
        case excess
    }

    /// A chain with a block each 300 ms sends 200 a minute.
    static let framesPerWindow = 600
    static let bytesPerWindow = 32 << 20
    static let window = Nanoseconds.seconds(60)

    /// Between two hints.
    let interval: Nanoseconds
    private var lastHint: MonotonicInstant?
    private var windowBegan: MonotonicInstant?
    private var frames = 0
    private var bytes = 0

    init(interval: Nanoseconds) {
        self.interval = interval
    }

    /// A frame has come.
    mutating func took(_ size: Int, at now: MonotonicInstant) -> Verdict {
        if windowBegan.map({ now - $0 >= Self.window }) ?? true {
            windowBegan = now
            frames = 0
            bytes = 0
        }
        frames += 1
        bytes += size
        guard frames <= Self.framesPerWindow, bytes <= Self.bytesPerWindow else { return .excess }
        if let lastHint, now - lastHint < interval { return .quiet }
        lastHint = now
        return .hint
    }
}
