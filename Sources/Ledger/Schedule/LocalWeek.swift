internal import SignedRecords

/// The week as a place counts it: a fixed offset from UTC, without daylight saving. Who wants other hours in summer publishes
/// others.
public struct LocalWeek: Hashable, Sendable {
    /// The offsets that exist, in minutes east of UTC: UTC−12:00 to UTC+14:00.
    public static let offsets: ClosedRange<Int64> = -720...840

    /// Minutes east of UTC.
    public let offset: Int64

    /// UTC's own.
    public static let utc = LocalWeek(unchecked: 0)

    private init(unchecked offset: Int64) { self.offset = offset }

    /// Throws `LedgerError.refused` for an offset outside `offsets`.
    public init(offset: Int64) throws(LedgerError) {
        guard Self.offsets.contains(offset) else {
            throw .refused(
                what: "offset from UTC",
                expected: "\(Self.offsets.lowerBound) to \(Self.offsets.upperBound) minutes", found: "\(offset)")
        }
        self.offset = offset
    }

    /// The weekday (0 is Monday) and the millisecond of that day, of a moment.
    func moment(_ utc: UTCMilliseconds) -> (weekday: Int64, millisecond: Int64) {
        let day: Int64 = 86_400_000
        // Shifted by a week, so that no offset makes it negative: records hold no moment before 1970.
        let local = utc.rawValue + offset * 60_000 + 7 * day
        // 1 January 1970 was a Thursday.
        return ((local / day + 3) % 7, local % day)
    }
}
