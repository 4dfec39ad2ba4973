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
    /// From then on no session begins on it, one that runs ends, and anyone may release it.
    public let expiry: UTCMilliseconds
    /// The most energy that it pays for, in all its sessions; nil for no limit but the money.
    public let energyLimit: MilliwattHours?
    /// The energy that it has paid for; counted where there is a limit.
    public var delivered: MilliwattHours
    /// The allowance that it was drawn from, and to which its remainder goes back; nil for one from the payer's account.
    public let allowance: GrantHash?

    /// A grant from its places; `spent` lies between 0 and `amount`.
    public init(
        hash: GrantHash, payer: AccountID, amount: Microunits, spent: Microunits, tariff: TariffHash,
        expiry: UTCMilliseconds, energyLimit: MilliwattHours? = nil, allowance: GrantHash? = nil
    ) {
        self.hash = hash
        self.payer = payer
        self.amount = amount
        self.spent = spent
        self.tariff = tariff
        self.expiry = expiry
        self.energyLimit = energyLimit
        delivered = .zero
        self.allowance = allowance
    }

    /// What is still held.
    public var remainder: Microunits { amount - spent }

    /// Whether it can pay for more.
    public var canPay: Bool { remainder > .zero && energyLeft != .zero }

    /// The energy that it may still pay for; nil for no limit but the money.
    public var energyLeft: MilliwattHours? { energyLimit.map { $0 - delivered } }

    public var items: [CBOR] {
        [
            .bytes(hash.bytes), .bytes(payer.bytes), .integer(amount.rawValue), .integer(spent.rawValue),
            .bytes(tariff.bytes), .integer(expiry.rawValue),
        ] + further
    }

    /// Three places where there is a limit or an allowance: the limit (0 for none), the energy, the allowance (empty for none).
    private var further: [CBOR] {
        guard energyLimit != nil || allowance != nil else { return [] }
        return [
            .integer(energyLimit?.rawValue ?? 0), .integer(delivered.rawValue), .bytes(allowance?.bytes ?? []),
        ]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        hash = try values.identifier("hash", as: GrantHash.self)
        payer = try values.identifier("payer", as: AccountID.self)
        amount = try values.quantity("amount", as: Microunits.self)
        spent = try values.quantity("spent", as: Microunits.self)
        tariff = try values.identifier("tariff", as: TariffHash.self)
        expiry = UTCMilliseconds(try values.number("expiry", as: Int64.self))
        if values.hasMore {
            let limit = try values.quantity("energy limit", as: MilliwattHours.self)
            energyLimit = limit == .zero ? nil : limit
            delivered = try values.quantity("delivered", as: MilliwattHours.self)
            allowance = try values.optionalIdentifier("allowance", as: GrantHash.self)
            guard energyLimit != nil || allowance != nil, energyLimit.map({ delivered <= $0 }) ?? (delivered == .zero)
            else { throw .malformed(what: Self.noun, reason: "\(delivered.rawValue) mWh of \(limit.rawValue)") }
        } else {
            energyLimit = nil
            delivered = .zero
            allowance = nil
        }
        guard spent <= amount else {
            throw .malformed(what: Self.noun, reason: "spent \(spent.rawValue) of \(amount.rawValue)")
        }
    }
}
