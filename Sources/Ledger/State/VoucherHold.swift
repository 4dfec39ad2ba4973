public import Quantities
public import SignedRecords

/// What a charger's acceptance record had set aside from a payer's account: it pays the session that begins directly behind
/// that record, and goes back at the session's end, or when another record shows that none begins.
public struct VoucherHold: StateValue {
    public static let noun = "voucher hold"

    /// The voucher.
    public let voucher: GrantHash
    /// The number of the acceptance record in its chain.
    public let acceptance: UInt64
    /// Who pays, and gets the remainder back.
    public let payer: AccountID
    /// What was set aside; 0 where the voucher or the account held nothing any more.
    public var amount: Microunits
    /// What went to owner and platform so far.
    public var spent: Microunits
    /// The tariff that the charger applies.
    public let tariff: TariffHash
    /// The voucher's expiry, not before the acceptance came and not later than a grant's longest life after that; anyone may
    /// release the hold a grant's grace time later.
    public let expiry: UTCMilliseconds

    /// A hold of which nothing is spent.
    public init(
        voucher: GrantHash, acceptance: UInt64, payer: AccountID, amount: Microunits, tariff: TariffHash,
        expiry: UTCMilliseconds
    ) {
        self.voucher = voucher
        self.acceptance = acceptance
        self.payer = payer
        self.amount = amount
        spent = .zero
        self.tariff = tariff
        self.expiry = expiry
    }

    /// What is still held.
    public var remainder: Microunits { amount - spent }

    public var items: [CBOR] {
        [
            .bytes(voucher.bytes), .unsigned(acceptance), .bytes(payer.bytes), .integer(amount.rawValue),
            .integer(spent.rawValue), .bytes(tariff.bytes), .integer(expiry.rawValue),
        ]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        voucher = try values.identifier("voucher", as: GrantHash.self)
        acceptance = try values.unsigned("acceptance")
        payer = try values.identifier("payer", as: AccountID.self)
        amount = try values.quantity("amount", as: Microunits.self)
        spent = try values.quantity("spent", as: Microunits.self)
        tariff = try values.identifier("tariff", as: TariffHash.self)
        expiry = UTCMilliseconds(try values.number("expiry", as: Int64.self))
        guard spent <= amount else {
            throw .malformed(what: Self.noun, reason: "spent \(spent.rawValue) of \(amount.rawValue)")
        }
    }
}
