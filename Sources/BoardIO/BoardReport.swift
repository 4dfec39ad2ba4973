/// What a board's driver counted since its start.
public struct BoardReport: Equatable, Sendable {
    /// Samples published.
    public var samples: UInt64 = 0
    /// Samples or frames that were refused as malformed, out of order or out of range.
    public var refused: UInt64 = 0
    /// Reads of an input or of the pilot that failed.
    public var readFailures: UInt64 = 0
    /// Writes of an output that failed.
    public var writeFailures: UInt64 = 0
    /// How often the board was lost.
    public var losses: UInt64 = 0
    /// Whether the board answers now.
    public var connected = false
    /// How well a pilot that software makes keeps its times; `nil` where hardware makes it.
    public var pilotTiming: PilotTiming?
    /// The last error, in one line.
    public var lastError: String?

    /// A report of nothing.
    public init() {}
}
