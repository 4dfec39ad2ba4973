public import Ledger
public import LightClient
public import Quantities
public import SignedRecords

/// What a verified receipt says. Made only by ``Receipt/verify(anchor:)``.
public struct ReceiptReport: Hashable, Sendable {
    // MARK: Charger

    /// The device.
    public let device: DeviceID
    /// Product, serial and board as the device states them.
    public let product: String
    /// The charger's serial number.
    public let serial: String
    /// The board's name.
    public let board: String
    /// A bench device, whose safety and metering nobody vouches for.
    public let isBench: Bool
    /// Above 1 for a simulated device whose registers count faster than life.
    public let energyFactor: UInt32
    /// The digest of the firmware that recorded the session.
    public let firmwareDigest: ContentHash
    /// Which of the device's keys signed the end record.
    public let keyEpoch: UInt32
    /// The meter.
    public let meter: MeterIdentity

    // MARK: Session

    /// The session.
    public let session: SessionID
    /// The connector.
    public let chain: ChainNumber
    /// Number of the begin record.
    public let beginSequence: UInt64
    /// Number of the end record.
    public let endSequence: UInt64
    /// When it began, as the device says.
    public let began: RecordTime
    /// When it ended, as the device says.
    public let ended: RecordTime
    /// Why it ended.
    public let reason: StopReason
    /// The fault that ended it, where one did.
    public let faultCode: UInt16?
    /// Register at begin.
    public let registerAtBegin: MilliwattHours
    /// Register at end.
    public let registerAtEnd: MilliwattHours
    /// Energy of the session.
    public let energy: MilliwattHours
    /// Whole kilowatt-hours signed by ticks.
    public let ticks: UInt32
    /// Records in the receipt.
    public let records: Int
    /// Its course: ticks, pauses, gaps, resets.
    public let timeline: SessionTimeline

    // MARK: Money

    /// The grant's or the voucher's transaction hash.
    public let grant: GrantHash
    /// Whether a voucher paid, taken while the platform was out of reach.
    public let isVoucher: Bool
    /// The published tariff's SHA-256.
    public let tariffHash: TariffHash
    /// The tariff's name.
    public let tariffName: String
    /// The tariff: prices and fees.
    public let tariff: Tariff
    /// What it counted: energy by price, and time.
    public let consumption: Consumption
    /// What the session costs; nil when it does not fit, with a price that no grant can pay.
    public let cost: Microunits?
    /// What was paid.
    public let paid: Microunits
    /// The platform's part of it.
    public let commission: Microunits
    /// That part of every payment, as it was at begin.
    public let commissionRate: BasisPoints
    /// Who was paid.
    public let owner: AccountID
    /// Who paid.
    public let payer: PayerHash

    // MARK: Ledger

    /// The ledger's chain id.
    public let ledger: String
    /// How the session's chain came to it; usually empty.
    public let moves: [Move]
    /// The key of the ledger's state that is proved.
    public let stateKey: String
    /// Height of the header that everything is proved under.
    public let height: Int64
    /// Its hash.
    public let headerHash: Hash?
    /// Its time.
    public let headerTime: Timestamp
    /// Hash of the validator set that signed it.
    public let validatorsHash: Hash
    /// Power that signed it.
    public let signedPower: Int64
    /// Power of the whole set.
    public let totalPower: Int64
    /// How that set relates to the anchor.
    public let anchorRelation: AnchorRelation
    /// SHA-256 of the receipt's bytes: names this receipt.
    public let digest: Hash

    /// The session's chain went on under another ledger.
    public struct Move: Hashable, Sendable {
        /// Number of the open record.
        public let sequence: UInt64
        /// The ledger before.
        public let from: String
        /// The ledger behind it.
        public let to: String
    }

    init(
        _ verified: SessionEvidence.Verified, evidence: SessionEvidence, proved: Receipt.Proved, block: LightBlock,
        signedPower: Int64, anchorRelation: AnchorRelation, digest: Hash
    ) {
        let genesis = verified.device.genesis
        let session = verified.session
        let begin = session.begin
        let end = session.end
        device = session.beginRecord.record.device
        product = genesis.product
        serial = genesis.serial
        board = genesis.board
        isBench = genesis.bench
        energyFactor = genesis.energyFactor
        firmwareDigest = begin.firmwareDigest
        keyEpoch = session.endRecord.record.keyEpoch
        meter = begin.meter
        self.session = begin.session
        chain = session.beginRecord.record.chain
        beginSequence = session.beginRecord.record.sequence
        endSequence = session.endRecord.record.sequence
        began = session.beginRecord.record.time
        ended = session.endRecord.record.time
        reason = end.reason
        faultCode = end.faultCode
        registerAtBegin = begin.reading.import
        registerAtEnd = end.reading.import
        energy = end.energy
        ticks = end.ticks
        records = Int(endSequence - beginSequence) + 1
        timeline = SessionTimeline(session, records: evidence.records)
        grant = begin.grant
        isVoucher = evidence.records.first?.record.body.kind == .voucherAcceptance
        tariffHash = begin.tariff
        tariffName = proved.tariff.name
        tariff = proved.tariff
        consumption = proved.settlement.consumption
        cost = consumption.cost(under: tariff)
        paid = proved.settlement.paid
        commission = proved.settlement.commission
        commissionRate = proved.settlement.commissionRate ?? proved.parameters.firstCommission
        owner = proved.settlement.owner
        payer = proved.settlement.payer
        ledger = block.header.chainID
        moves = evidence.moves.compactMap { signed in
            guard case .open(let open) = signed.record.body else { return nil }
            return Move(sequence: signed.record.sequence, from: open.oldLedger.text, to: open.newLedger.text)
        }
        stateKey = StateKey.session(session.beginRecord.record.device, begin.session).text
        height = block.height
        headerHash = block.header.hash()
        headerTime = block.header.time
        validatorsHash = block.validators.hash()
        self.signedPower = signedPower
        totalPower = block.validators.totalPower
        self.anchorRelation = anchorRelation
        self.digest = digest
    }

    /// What the energy costs beyond what was paid; nil when it does not fit.
    public var unpaid: Microunits? { cost.flatMap { $0.subtractingIfFits(paid) } }
}
