public import Quantities
public import SignedRecords

/// A session between its begin and its end record.
public struct OpenSession: StateValue {
    public static let noun = "open session"

    /// The session.
    public let session: SessionID
    /// The grant that it draws on.
    public let grant: GrantHash
    /// Who pays.
    public let payer: AccountID
    /// What a kilowatt-hour costs.
    public let tariff: TariffHash
    /// The begin record's number.
    public let beginSequence: UInt64
    /// The begin record's hash.
    public let beginHash: RecordHash
    /// The register at begin.
    public let beginImport: MilliwattHours
    /// The energy since begin, as the last accepted record states it.
    public var energy: MilliwattHours
    /// The index of the last tick; 0 before the first.
    public var tickIndex: UInt32
    /// What the grant paid for this session so far.
    public var paid: Microunits
    /// The platform's part of it.
    public var commission: Microunits
    /// False where the grant was gone when the begin record came: the session is recorded and unpaid.
    public let funded: Bool
    /// What the register lost by rollovers and a reset: added to it before begin's register is taken off.
    public var carried: MilliwattHours
    /// True after the register was reset: only the end may follow.
    public var isFrozen: Bool
    /// What its tariff counted so far.
    public var consumption: Consumption
    /// The platform's share of what it pays, as it was at begin.
    public let commissionRate: BasisPoints

    /// A session at its begin record.
    public init(
        session: SessionID, grant: GrantHash, payer: AccountID, tariff: TariffHash, beginSequence: UInt64,
        beginHash: RecordHash, beginImport: MilliwattHours, funded: Bool, consumption: Consumption,
        commissionRate: BasisPoints
    ) {
        self.session = session
        self.grant = grant
        self.payer = payer
        self.tariff = tariff
        self.beginSequence = beginSequence
        self.beginHash = beginHash
        self.beginImport = beginImport
        self.funded = funded
        self.consumption = consumption
        self.commissionRate = commissionRate
        energy = .zero
        tickIndex = 0
        carried = .zero
        isFrozen = false
        paid = .zero
        commission = .zero
    }

    /// The register up to which energy was counted.
    var register: MilliwattHours { beginImport + energy - carried }

    public var items: [CBOR] {
        [
            .bytes(session.bytes), .bytes(grant.bytes), .bytes(payer.bytes), .bytes(tariff.bytes),
            .unsigned(beginSequence), .bytes(beginHash.bytes), .integer(beginImport.rawValue),
            .integer(energy.rawValue), .unsigned(UInt64(tickIndex)), .integer(paid.rawValue),
            .integer(commission.rawValue), .bool(funded), .integer(carried.rawValue), .bool(isFrozen),
            .unsigned(UInt64(commissionRate.rawValue)),
        ] + consumption.items + (consumption.newest.map { [.integer($0.rawValue)] } ?? [])
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        session = try values.identifier("session", as: SessionID.self)
        grant = try values.identifier("grant", as: GrantHash.self)
        payer = try values.identifier("payer", as: AccountID.self)
        tariff = try values.identifier("tariff", as: TariffHash.self)
        beginSequence = try values.unsigned("begin sequence")
        beginHash = try values.identifier("begin hash", as: RecordHash.self)
        beginImport = try values.quantity("begin import", as: MilliwattHours.self)
        energy = try values.quantity("energy", as: MilliwattHours.self)
        tickIndex = try values.number("tick index", as: UInt32.self)
        paid = try values.quantity("paid", as: Microunits.self)
        commission = try values.quantity("commission", as: Microunits.self)
        funded = try values.bool("funded")
        carried = try values.quantity("carried", as: MilliwattHours.self)
        isFrozen = try values.bool("frozen")
        commissionRate = BasisPoints(try values.number("commission rate", as: Int32.self))
        let counted = try Consumption(reading: &values, noun: Self.noun)
        let newest = values.hasMore ? UTCMilliseconds(try values.number("newest", as: Int64.self)) : nil
        consumption = Consumption(energies: counted.energies, milliseconds: counted.milliseconds, newest: newest)
    }
}
