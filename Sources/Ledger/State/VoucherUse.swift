public import Quantities
public import SignedRecords

/// How far a voucher has been used; kept for good, so that it never pays twice.
public struct VoucherUse: StateValue {
    public static let noun = "voucher use"

    /// Who signed it.
    public let payer: AccountID
    /// What the session that it paid took from it.
    public var spent: Microunits
    /// What stands in a hold for a session that has not ended.
    public var held: Microunits
    /// A charger accepted it after it had paid a session, or for more than its payer's account held. What it did not cover
    /// stays unpaid.
    public var isOverdrawn: Bool

    /// A voucher that nobody has used.
    public init(payer: AccountID) {
        self.payer = payer
        spent = .zero
        held = .zero
        isOverdrawn = false
    }

    public var items: [CBOR] {
        [.bytes(payer.bytes), .integer(spent.rawValue), .integer(held.rawValue), .bool(isOverdrawn)]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        payer = try values.identifier("payer", as: AccountID.self)
        spent = try values.quantity("spent", as: Microunits.self)
        held = try values.quantity("held", as: Microunits.self)
        isOverdrawn = try values.bool("overdrawn")
    }
}
