import Quantities

/// How large a journal may grow.
public struct JournalConfiguration: Hashable, Sendable {
    /// The length of a segment, a multiple of 4096.
    public let segmentBytes: Int
    /// How many segments there may be with records in them; the spare is one more.
    public let maximumSegments: Int
    /// How many days a segment is kept after its newest record, acknowledged or not, while there is room.
    public let retentionDays: Int

    /// Half a year: longer than a driver's bill may be disputed in most places.
    public static let standardRetentionDays = 180

    /// `segmentBytes` at least 8192, `maximumSegments` at least 3, `retentionDays` at least 1 (a programming error
    /// otherwise).
    public init(
        segmentBytes: Int = 4 << 20, maximumSegments: Int = 16,
        retentionDays: Int = JournalConfiguration.standardRetentionDays
    ) {
        invariant(segmentBytes >= 8_192 && segmentBytes.isMultiple(of: 4_096), "a segment is a multiple of 4096 bytes")
        invariant(maximumSegments >= 3, "the newest two segments are never pruned")
        self.segmentBytes = segmentBytes
        invariant(retentionDays >= 1, "records are kept for a day at least")
        self.maximumSegments = maximumSegments
        self.retentionDays = retentionDays
    }

    /// 16 segments of 4 MiB: about 131 000 ticks.
    public static let standard = JournalConfiguration()
}
