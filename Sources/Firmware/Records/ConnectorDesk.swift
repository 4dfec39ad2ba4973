import ChargeControl
import Journal
import Ledger
import Logging
import Metering
import PlatformLink
import Quantities
import SignedRecords

/// One connector's part of the record desk: its chain, its meter, its grant, its sale. Confined to the record thread.
///
/// Invariants: a session that was open at the start is ended before anything is sold here; once barred, always barred until
/// the next start. What bars one connector leaves the others alone.
final class ConnectorDesk {
    let identity: ConnectorIdentity
    let chain: ChainNumber
    /// The write path that all connectors share.
    unowned let desk: RecordDesk
    /// To the control thread; this desk is the only one that offers.
    private let commands: HandoverQueue<ControlCommand>
    /// To the thread of the meter's bus.
    let meterWishes: MeterConditionCell

    /// Why this connector alone sells nothing.
    private(set) var bar: SaleBar?
    var meter: SignedRecords.MeterIdentity?
    var meterGeneration: UInt32 = 0
    var reading: EnergyReading?
    /// Accepted readings in a row of another meter than the records name.
    var strangeReadings = 0
    /// When the next new base may be asked for, and how long after that one the next.
    var nextBaseAt: MonotonicInstant?
    var baseDelay = ConnectorDesk.leastBaseDelay
    /// Readings refused since the last record that counts them.
    var readErrors: UInt32 = 0
    /// The grant that stands, by the newest proof.
    var grant: ProvedGrant?
    /// Who may charge here, by the newest proof; nil before the first.
    var access: ConnectorAccess?
    /// From when on others may use the connector, as it was when the grant was offered.
    var offeredUntil: UTCMilliseconds?
    /// Until when what is offered would be sold, were there no others who want the connector.
    var ownDeadline: MonotonicInstant?
    /// When it was last looked at what a session that runs may still have.
    var boundsCheckedAt: MonotonicInstant?
    /// Why nothing is sold though someone would pay, as the log was told.
    var refusedAccess: ConnectorAccess.Refusal?
    var sale: OpenSale?
    /// A session that was open when the device started.
    var interrupted: OpenSale?
    /// When this chain's newest record from before the start was made.
    var lastRecordAt: RecordTime?
    /// Faults that stood at the stop, with a latch that a restart clears: the records are to say so.
    var clearedByRestart: [FaultCode] = []
    /// How long records could not be written, until a gap says so.
    var owedStall = Nanoseconds.zero
    /// Readings in a row that do not continue it.
    var doubted: [EnergyReading] = []
    /// The technicians who reset faults, until the core says that these are gone.
    var resetters: [FaultCode: ContentHash] = [:]
    /// The meter that this chain's records name last; nil before the first session.
    var known: KnownMeter?
    /// The end record of the last session: nothing new is offered before the ledger has proved to hold it.
    var lastEnd: UInt64 = 0
    var slot: UInt32 = 0
    /// What is behind the slot.
    var offer: Offer?
    /// The vouchers that this chain's records accepted, with their numbers; those that the ledger has are dropped.
    var accepted: [UInt64: VoucherAcceptance] = [:]
    /// What the control core was last told of a grant.
    var offered: Authorization?
    /// Ended sessions whose OCMF record is not on the disk yet.
    var owedExports: [OwedExport] = []
    /// When making one last failed.
    var exportMissedAt: MonotonicInstant?
    /// Commands that the control thread had no room for, in order.
    private var untold: [ControlCommand] = []
    /// Orders that came before their chain's head was proved, or before the session of the last stop was ended; bounded by
    /// `heldLimit`.
    var held: [RecordOrder] = []
    static let heldLimit = 256

    init(
        _ identity: ConnectorIdentity, commands: HandoverQueue<ControlCommand>, meterWishes: MeterConditionCell,
        desk: RecordDesk
    ) {
        self.identity = identity
        chain = identity.chain
        self.commands = commands
        self.meterWishes = meterWishes
        self.desk = desk
    }

    var journal: Journal { desk.journal }
    var logger: Logger { desk.logger }

    /// Whether this connector's chain may be written to.
    var isWritable: Bool { bar == nil && desk.isWritable(chain) }

    /// Writes one record into this connector's chain; durable when this returns.
    @discardableResult
    func append(_ body: RecordBody) throws(SaleBar) -> SignedRecord {
        if let bar { throw bar }
        let signed = try desk.append(body, to: chain)
        if case .end(let end) = body { known?.recorded = end.reading.import }
        return signed
    }

    /// Stops the sale on this connector for good; what already stops the device needs no bar here.
    func raise(_ reason: SaleBar) {
        guard bar == nil, desk.bar == nil else { return }
        bar = reason
        logger.critical("connector \(chain) sells nothing: \(reason)")
        desk.status.update(chain) { $0.problem = reason.description }
        tell(.recordStore(.failed))
        withdrawOffer()
    }

    /// Hands a command to the control thread.
    ///
    /// A full queue means that the control thread stands still; what it must know waits until it goes on.
    func tell(_ command: ControlCommand) {
        untold.append(command)
        tellUntold()
    }

    /// Hands over what the queue had no room for.
    func tellUntold() {
        while let first = untold.first, commands.offer(first) { untold.removeFirst() }
    }

    /// Takes the offer back; a session that runs on it is stopped by the core.
    func withdrawOffer() {
        guard offered != nil else { return }
        offered = nil
        offer = nil
        tell(.noAuthorization)
    }
}
