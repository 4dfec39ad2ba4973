public import SignedRecords

/// A driver, as far as the ledger has to know one: an account, and how it has paid. No name, no number of a person
/// (docs/privacy.md).
public struct User: StateValue {
    public static let noun = "user"

    /// When it registered by itself; zero where only its vouchers are known.
    public var registered: UTCMilliseconds
    /// How many of its vouchers were accepted for more than they or its account held, or a second time.
    public var overdrawnVouchers: UInt64

    /// A user from its places.
    public init(registered: UTCMilliseconds, overdrawnVouchers: UInt64 = 0) {
        self.registered = registered
        self.overdrawnVouchers = overdrawnVouchers
    }

    public var items: [CBOR] { [.integer(registered.rawValue), .unsigned(overdrawnVouchers)] }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        registered = UTCMilliseconds(try values.number("registered", as: Int64.self))
        overdrawnVouchers = try values.unsigned("overdrawn vouchers")
    }
}
