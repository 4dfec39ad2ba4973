public import Quantities
public import SignedRecords

/// Money set aside for charging at any charger, or at any of one operator, before it is known which. Grants are drawn from it:
/// by its payer, or by the bearer's key (a telephone, a card, a roaming partner), to which the payer's key never has to go.
public struct Allowance: StateValue {
    public static let noun = "allowance"
    /// How far in the future an expiry may lie: a year.
    public static let maximumLifetimeMilliseconds: Int64 = 366 * 86_400_000

    /// Whose money it is.
    public let payer: AccountID
    /// Whose key may draw; the payer may always.
    public let bearer: AccountID
    /// Only at chargers whose site names this operator; nil for any charger.
    public let operatedBy: AccountID?
    /// What is left.
    public var amount: Microunits
    /// The dearest energy that a grant from it may be under.
    public let highestPrice: PricePerKilowattHour
    /// No grant is drawn from then on, and anyone may give it back.
    public let expiry: UTCMilliseconds

    /// An allowance from its places.
    public init(
        payer: AccountID, bearer: AccountID, operatedBy: AccountID?, amount: Microunits,
        highestPrice: PricePerKilowattHour, expiry: UTCMilliseconds
    ) {
        self.payer = payer
        self.bearer = bearer
        self.operatedBy = operatedBy
        self.amount = amount
        self.highestPrice = highestPrice
        self.expiry = expiry
    }

    public var items: [CBOR] {
        [
            .bytes(payer.bytes), .bytes(bearer.bytes), .bytes(operatedBy?.bytes ?? []), .integer(amount.rawValue),
            .integer(highestPrice.rawValue), .integer(expiry.rawValue),
        ]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        payer = try values.identifier("payer", as: AccountID.self)
        bearer = try values.identifier("bearer", as: AccountID.self)
        operatedBy = try values.optionalIdentifier("operator", as: AccountID.self)
        amount = try values.quantity("amount", as: Microunits.self)
        highestPrice = try values.quantity("highest price", as: PricePerKilowattHour.self)
        expiry = UTCMilliseconds(try values.number("expiry", as: Int64.self))
    }
}
