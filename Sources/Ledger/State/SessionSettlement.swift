public import Quantities
public import SignedRecords

// This file owns the format of settlements: eleven places; three more, [energy at each of the tariff's prices], milliseconds and
// commission rate, where they do not follow from the eleven and the ledger's first commission.

/// What came of a session; written once, at its end record. Receipts prove this value.
public struct SessionSettlement: StateValue {
    public static let noun = "session"

    /// The connector's chain.
    public let chain: ChainNumber
    /// The begin record's number.
    public let beginSequence: UInt64
    /// The begin record's hash.
    public let beginHash: RecordHash
    /// The end record's number.
    public let endSequence: UInt64
    /// The end record's hash.
    public let endHash: RecordHash
    /// The energy from begin to end, overshoot included.
    public let energy: MilliwattHours
    /// What the payer paid.
    public let paid: Microunits
    /// The platform's part of it; the owner had the rest.
    public let commission: Microunits
    /// Who was paid.
    public let owner: AccountID
    /// Who paid.
    public let payer: PayerHash
    /// Under which tariff.
    public let tariff: TariffHash
    /// What the tariff counted: all the energy at one price where its price never changes.
    public let consumption: Consumption
    /// The platform's share, as it was at begin; nil for the one that this ledger began with (`LedgerParameters`).
    public let commissionRate: BasisPoints?

    /// A settlement from its places.
    public init(
        chain: ChainNumber, beginSequence: UInt64, beginHash: RecordHash, endSequence: UInt64, endHash: RecordHash,
        energy: MilliwattHours, paid: Microunits, commission: Microunits, owner: AccountID, payer: PayerHash,
        tariff: TariffHash, consumption: Consumption? = nil, commissionRate: BasisPoints? = nil
    ) {
        self.chain = chain
        self.beginSequence = beginSequence
        self.beginHash = beginHash
        self.endSequence = endSequence
        self.endHash = endHash
        self.energy = energy
        self.paid = paid
        self.commission = commission
        self.owner = owner
        self.payer = payer
        self.tariff = tariff
        self.consumption = consumption ?? Consumption(energies: [energy], milliseconds: 0)
        self.commissionRate = commissionRate
    }

    /// Whether the first eleven places say it all.
    private var isPlain: Bool {
        commissionRate == nil && consumption.energies == [energy] && consumption.milliseconds == 0
    }

    private static let noRate: UInt64 = 10_001

    public var items: [CBOR] {
        let further: [CBOR] =
            isPlain
            ? [] : consumption.items + [.unsigned(commissionRate.map { UInt64($0.rawValue) } ?? Self.noRate)]
        return [
            .unsigned(UInt64(chain.rawValue)), .unsigned(beginSequence), .bytes(beginHash.bytes),
            .unsigned(endSequence), .bytes(endHash.bytes), .integer(energy.rawValue), .integer(paid.rawValue),
            .integer(commission.rawValue), .bytes(owner.bytes), .bytes(payer.bytes), .bytes(tariff.bytes),
        ] + further
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        chain = ChainNumber(rawValue: try values.number("chain", as: UInt32.self))
        beginSequence = try values.unsigned("begin sequence")
        beginHash = try values.identifier("begin hash", as: RecordHash.self)
        endSequence = try values.unsigned("end sequence")
        endHash = try values.identifier("end hash", as: RecordHash.self)
        energy = try values.quantity("energy", as: MilliwattHours.self)
        paid = try values.quantity("paid", as: Microunits.self)
        commission = try values.quantity("commission", as: Microunits.self)
        owner = try values.identifier("owner", as: AccountID.self)
        payer = try values.identifier("payer", as: PayerHash.self)
        tariff = try values.identifier("tariff", as: TariffHash.self)
        if values.hasMore {
            consumption = try Consumption(reading: &values, noun: Self.noun)
            let rate = try values.unsigned("commission rate", maximum: Self.noRate)
            commissionRate = rate == Self.noRate ? nil : BasisPoints(Int32(rate))
            guard !isPlain else { throw .malformed(what: Self.noun, reason: "not the one encoding of what it says") }
        } else {
            consumption = Consumption(energies: [energy], milliseconds: 0)
            commissionRate = nil
        }
        guard commission <= paid else {
            throw .malformed(what: Self.noun, reason: "commission \(commission.rawValue) of \(paid.rawValue)")
        }
    }
}
