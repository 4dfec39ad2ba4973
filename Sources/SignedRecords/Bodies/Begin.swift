public import Quantities

/// A session opens: who pays, for what tariff, on which meter, with which register.
public struct Begin: Hashable, Sendable {
    /// `SessionID.derive` of grant, device, chain and this record's sequence.
    public var session: SessionID
    /// The grant's or the voucher's transaction hash.
    public var grant: GrantHash
    /// The payer's account, hashed with this session: only who knows the account sees that it is the same as elsewhere.
    public var payer: PayerHash
    public var tariff: TariffHash
    public var meter: MeterIdentity
    public var firmwareDigest: ContentHash
    /// The newest record of chain 0 when the session opened.
    public var deviceHead: RecordHash
    public var deviceHeadSequence: UInt64
    public var reading: RegisterReading
    /// The most energy that the grant buys.
    public var energyLimit: MilliwattHours
    /// As in genesis.
    public var energyFactor: UInt32

    public init(
        session: SessionID, grant: GrantHash, payer: PayerHash, tariff: TariffHash, meter: MeterIdentity,
        firmwareDigest: ContentHash, deviceHead: RecordHash, deviceHeadSequence: UInt64, reading: RegisterReading,
        energyLimit: MilliwattHours, energyFactor: UInt32
    ) {
        self.session = session
        self.grant = grant
        self.payer = payer
        self.tariff = tariff
        self.meter = meter
        self.firmwareDigest = firmwareDigest
        self.deviceHead = deviceHead
        self.deviceHeadSequence = deviceHeadSequence
        self.reading = reading
        self.energyLimit = energyLimit
        self.energyFactor = energyFactor
    }

    /// Whether this session names an account as its payer.
    public func isPaid(by account: AccountID) -> Bool {
        payer == PayerHash.derive(account: account, session: session)
    }
}

extension Begin: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "session", .bytes(session.bytes)),
            RecordField(2, "grant", .bytes(grant.bytes)),
            RecordField(3, "payer", .bytes(payer.bytes)),
            RecordField(4, "tariff", .bytes(tariff.bytes)),
            RecordField(5, "meter", .part(meter)),
            RecordField(6, "firmware_digest", .bytes(firmwareDigest.bytes)),
            RecordField(7, "device_head", .bytes(deviceHead.bytes)),
            RecordField(8, "device_head_sequence", .unsigned(deviceHeadSequence)),
            RecordField(9, "reading", .part(reading)),
            RecordField(10, "energy_limit_mwh", .energy(energyLimit)),
            RecordField(11, "energy_factor", .unsigned(UInt64(energyFactor))),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        session = try fields.identifier(1, "session", SessionID.self)
        grant = try fields.identifier(2, "grant", GrantHash.self)
        payer = try fields.identifier(3, "payer", PayerHash.self)
        tariff = try fields.identifier(4, "tariff", TariffHash.self)
        meter = try fields.part(5, "meter", MeterIdentity.self)
        firmwareDigest = try fields.identifier(6, "firmware_digest", ContentHash.self)
        deviceHead = try fields.identifier(7, "device_head", RecordHash.self)
        deviceHeadSequence = try fields.unsigned(8, "device_head_sequence")
        reading = try fields.part(9, "reading", RegisterReading.self)
        energyLimit = try fields.energy(10, "energy_limit_mwh")
        energyFactor = try fields.energyFactor(11)
    }
}
