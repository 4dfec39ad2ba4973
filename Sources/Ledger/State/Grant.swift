public import Quantities
public import SignedRecords

/// Money set aside for charging at one connector: by its payer's transaction, at most one for a connector; or by a charger's
/// record that accepts a voucher, for the session that begins directly behind that record.
public struct Grant: StateValue {
    public static let noun = "grant"

    /// How far in the future an expiry may lie: a forgotten grant blocks a connector no longer than this.
    public static let maximumLifetimeMilliseconds: Int64 = 7 * 24 * 3_600_000
    /// How long after its expiry a grant stays with a session that is still open: the time that a charger without a network
    /// has to deliver its records.
    public static let graceMilliseconds: Int64 = 14 * 24 * 3_600_000

    /// SHA-256 of the transaction that made it, or of the voucher.
    public let hash: GrantHash
    /// Who pays, and gets the remainder back.
    public let payer: AccountID
    /// What was set aside.
    public var amount: Microunits
    /// What went to owners and platform so far; the rest is held in escrow.
    public var spent: Microunits
    /// The tariff that the payer agreed to.
    public let tariff: TariffHash
    /// From then on no session begins on it and anyone may release it.
    public let expiry: UTCMilliseconds

    /// A grant from its places; `spent` lies between 0 and `amount`.
    public init(
        hash: GrantHash, payer: AccountID, amount: Microunits, spent: Microunits, tariff: TariffHash,
        expiry: UTCMilliseconds
    ) {
        self.hash = hash
        self.payer = payer
        self.amount = amount
        self.spent = spent
        self.tariff = tariff
        self.expiry = expiry
    }

    /// What is still held.
    public var remainder: Microunits { amount - spent }

    public var items: [CBOR] {
        [
            .bytes(hash.bytes), .bytes(payer.bytes), .integer(amount.rawValue), .integer(spent.rawValue),
            .bytes(tariff.bytes), .integer(expiry.rawValue),
        ]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        hash = try values.identifier("hash", as: GrantHash.self)
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
