import Quantities

/// How large a journal may grow.
public struct JournalConfiguration: Hashable, Sendable {
    /// The length of a segment, a multiple of 4096.
    public let segmentBytes: Int
    /// How many segments there may be with records in them; the spare is one more.
    public let maximumSegments: Int

    /// `segmentBytes` at least 8192, `maximumSegments` at least 3 (a programming error otherwise).
    public init(segmentBytes: Int = 4 << 20, maximumSegments: Int = 16) {
        invariant(segmentBytes >= 8_192 && segmentBytes.isMultiple(of: 4_096), "a segment is a multiple of 4096 bytes")
        invariant(maximumSegments >= 3, "the newest two segments are never pruned")
        self.segmentBytes = segmentBytes
        self.maximumSegments = maximumSegments
    }

    /// 16 segments of 4 MiB: about 131 000 ticks.
    public static let standard = JournalConfiguration()
}
