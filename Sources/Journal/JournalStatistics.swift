/// What the journal has asked of the disk since it was opened.
public struct JournalStatistics: Hashable, Sendable {
    /// Bytes of frames: what wears the disk in proportion to the records.
    public internal(set) var frameBytes: UInt64 = 0
    /// Durable writes of frames: one flush each.
    public internal(set) var flushes: UInt64 = 0
    public internal(set) var records: UInt64 = 0
    public internal(set) var acknowledgements: UInt64 = 0
    public internal(set) var anchors: UInt64 = 0
    /// Segment headers and epoch frames.
    public internal(set) var markers: UInt64 = 0
    /// Bytes written to fill new segments with zeros, once a segment and not in the path of a record.
    public internal(set) var preallocatedBytes: UInt64 = 0
    /// Whole frames behind the tail that were dropped at opening: written, never durable.
    public internal(set) var staleFrames: UInt64 = 0
    /// Frames that opening walked: those of the newest two segments, however many there are.
    public internal(set) var walkedFrames: UInt64 = 0
}
