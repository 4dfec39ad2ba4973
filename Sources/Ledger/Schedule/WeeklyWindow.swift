public import SignedRecords

/// Hours that come back on some days of each week, `[days, from, to]`: what begins at `from` and has ended at `to`, on each of
/// these days. Hours that pass midnight are two windows.
public struct WeeklyWindow: Hashable, Sendable {
    /// The most windows of one list.
    public static let maximumCount = 32
    /// All seven days.
    public static let everyDay: UInt8 = 0b111_1111

    /// Bit 0 is Monday, bit 6 Sunday; at least one.
    public let days: UInt8
    /// Minutes since midnight, 0 to 1439.
    public let from: Int64
    /// Minutes since midnight, `from` + 1 to 1440.
    public let to: Int64

    /// Throws `LedgerError.refused` for no day, an eighth one, or hours that are none.
    public init(days: UInt8 = WeeklyWindow.everyDay, from: Int64, to: Int64) throws(LedgerError) {
        guard days > 0, days <= Self.everyDay else {
            throw .refused(what: "window's days", expected: "bits 1 to 127", found: "\(days)")
        }
        guard from >= 0, from < to, to <= 1_440 else {
            throw .refused(
                what: "window's hours", expected: "0 ≤ from < to ≤ 1440 minutes", found: "\(from) to \(to)")
        }
        self.days = days
        self.from = from
        self.to = to
    }

    /// Whether a moment lies in it.
    public func contains(_ utc: UTCMilliseconds, in week: LocalWeek) -> Bool {
        let (weekday, millisecond) = week.moment(utc)
        guard days & (1 << weekday) != 0 else { return false }
        return millisecond >= from * 60_000 && millisecond < to * 60_000
    }

    /// Three places of a state value.
    var items: [CBOR] { [.unsigned(UInt64(days)), .integer(from), .integer(to)] }

    init(reading values: inout StateValueReader) throws(LedgerError) {
        try self.init(
            days: UInt8(truncatingIfNeeded: try values.unsigned("days", maximum: 127)),
            from: Int64(try values.unsigned("from", maximum: 1_440)),
            to: Int64(try values.unsigned("to", maximum: 1_440)))
    }
}

extension [WeeklyWindow] {
    /// The first moment after `utc` at which none of the windows holds; nil where they hold for a week on end. `utc` itself
    /// where none holds then.
    public func end(after utc: UTCMilliseconds, in week: LocalWeek) -> UTCMilliseconds? {
        var moment = utc
        // Each round passes the end of a window; a week has at most 7 × count of them.
        for _ in 0...(7 * WeeklyWindow.maximumCount) {
            guard let window = first(where: { $0.contains(moment, in: week) }) else { return moment }
            let (_, millisecond) = week.moment(moment)
            moment = UTCMilliseconds(moment.rawValue + window.to * 60_000 - millisecond)
            if moment.rawValue - utc.rawValue >= 7 * 86_400_000 { return nil }
        }
        return nil
    }
}
