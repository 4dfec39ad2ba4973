/// Wall time: milliseconds since 1970-01-01T00:00:00Z, without leap seconds. An annotation inside records; nothing is
/// decided on it without a time quality.
public struct UTCMilliseconds: Hashable, Comparable, Sendable {
    public let rawValue: Int64

    public init(_ rawValue: Int64) { self.rawValue = rawValue }

    /// The last millisecond of the year 9999: later times, and negative ones, are refused in records.
    public static let latest = UTCMilliseconds(253_402_300_799_999)

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
