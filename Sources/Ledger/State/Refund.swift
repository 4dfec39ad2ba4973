public import Quantities
public import SignedRecords

/// What an owner gave back of a session.
public struct Refund: StateValue {
    public static let noun = "refund"

    /// All of it so far; at most what the session paid.
    public let total: Microunits

    /// A refund.
    public init(total: Microunits) { self.total = total }

    public var items: [CBOR] { [.integer(total.rawValue)] }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        total = try values.quantity("total", as: Microunits.self)
    }
}
