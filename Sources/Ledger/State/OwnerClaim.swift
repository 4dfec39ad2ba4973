public import SignedRecords

/// The owner wants a connector now: guests' sessions end, and none begins before this moment.
public struct OwnerClaim: StateValue {
    public static let noun = "claim"
    /// The longest: a day.
    public static let maximumDuration: Int64 = 86_400_000

    /// When it ends.
    public let until: UTCMilliseconds

    /// A claim.
    public init(until: UTCMilliseconds) { self.until = until }

    public var items: [CBOR] { [.integer(until.rawValue)] }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        until = UTCMilliseconds(try values.number("until", as: Int64.self))
    }
}
