public import Quantities
public import SignedRecords

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

    /// A settlement from its places.
    public init(
        chain: ChainNumber, beginSequence: UInt64, beginHash: RecordHash, endSequence: UInt64, endHash: RecordHash,
        energy: MilliwattHours, paid: Microunits, commission: Microunits, owner: AccountID, payer: PayerHash,
        tariff: TariffHash
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
    }

    public var items: [CBOR] {
        [
            .unsigned(UInt64(chain.rawValue)), .unsigned(beginSequence), .bytes(beginHash.bytes),
            .unsigned(endSequence), .bytes(endHash.bytes), .integer(energy.rawValue), .integer(paid.rawValue),
            .integer(commission.rawValue), .bytes(owner.bytes), .bytes(payer.bytes), .bytes(tariff.bytes),
        ]
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
        guard commission <= paid else {
            throw .malformed(what: Self.noun, reason: "commission \(commission.rawValue) of \(paid.rawValue)")
        }
    }
}
