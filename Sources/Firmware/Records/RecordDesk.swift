import ChargeControl
import Journal
import Ledger
import Logging
import Metering
import PlatformLink
import Quantities
import SignedRecords

// One write path (DECISIONS, "Records, chains, journal"): build, sign, write the frame, one flush, then publish. The desk
// is confined to the record thread; nothing else touches the journal or asks the key store to sign.
//
// Invariants: nothing is signed on a chain before its head on the ledger was proved once, genesis by a key made in this
// very start excepted; a session that was open at the start is ended before anything is sold; once barred, always barred
// until the next start.

/// Turns what the core decides and what the ledger proves into records.
final class RecordDesk {
    let journal: Journal
    let keys: any KeyStore
    let clock: RecordClock
    let identity: DeviceIdentity
    let device: DeviceID
    let ledger: LedgerChainID
    let connector = ChainNumber.connector(1)
    let status: StatusBoard
    let logger: Logger
    /// To the control thread; this desk is the only one that offers.
    let commands: HandoverQueue<ControlCommand>
    /// Called when records are durable that the ledger does not have yet.
    let published: @Sendable () -> Void

    /// Hash of the genesis record, once there is one.
    var genesisHash: RecordHash?
    /// When the last record was written, for the idle anchor; nil once everything is covered.
    var uncoveredSince: MonotonicInstant?
    /// Chains whose head on the ledger has been proved since the start.
    var provedChains: Set<ChainNumber> = []
    var bar: SaleBar?
    /// What the control thread was last told of the store.
    var toldStore = RecordStoreState.ok
    var meter: SignedRecords.MeterIdentity?
    var meterGeneration: UInt32 = 0
    var reading: EnergyReading?
    /// Readings refused since the last record that counts them.
    var readErrors: UInt32 = 0
    /// The grant that stands, by the newest proof.
    var grant: ProvedGrant?
    var sale: OpenSale?
    /// A session that was open when the device started.
    var interrupted: OpenSale?
    /// The end record of the last session: nothing new is offered before the ledger has proved to hold it.
    var lastEnd: UInt64 = 0
    var slot: UInt32 = 0
    /// The grant behind the slot.
    var offeredGrant: ProvedGrant?
    /// When the ledger was last looked at without a fault.
    var lookedAt: MonotonicInstant?
    /// Commands that the control thread had no room for, in order.
    var untold: [ControlCommand] = []
    /// When a spare segment was last missed, so that a full disk is not written to again and again.
    var spareMissedAt: MonotonicInstant?
    /// What the control core was last told of a grant.
    var offered: Authorization?
    /// Orders that came before their chain's head was proved; bounded by `heldLimit`.
    var held: [RecordOrder] = []
    static let heldLimit = 256

    init(
        journal: Journal, keys: any KeyStore, clock: RecordClock, identity: DeviceIdentity, status: StatusBoard,
        commands: HandoverQueue<ControlCommand>, logger: Logger, published: @escaping @Sendable () -> Void
    ) {
        self.journal = journal
        self.keys = keys
        self.clock = clock
        self.identity = identity
        device = identity.device
        ledger = identity.ledger
        self.status = status
        self.commands = commands
        self.logger = logger
        self.published = published
    }

    /// Whether this chain may be written to.
    func isWritable(_ chain: ChainNumber) -> Bool { bar == nil && provedChains.contains(chain) }

    /// Builds, signs and writes one record; durable when this returns.
    ///
    /// - Throws: `SaleBar.records`, and from then on nothing is written.
    @discardableResult
    func append(_ body: RecordBody, to chain: ChainNumber) throws(SaleBar) -> SignedRecord {
        if let bar { throw bar }
        let head = journal.head(of: chain)
        let record = Record(
            device: device, chain: chain, sequence: (head?.sequence ?? 0) + 1, previous: previous(of: chain, head),
            keyEpoch: keys.epoch, time: clock.now(), body: body)
        let signed: SignedRecord
        do {
            signed = try keys.sign(record, ledger: ledger, durableHead: head?.sequence ?? 0)
            try journal.append(signed)
        } catch {
            throw raise(.records("\(error)"))
        }
        if chain == .device, record.sequence == 1 { genesisHash = signed.hash }
        uncoveredSince = SystemClock.now()
        logger.info("record \(chain)/\(record.sequence) \(body.kind) \(signed.hash)")
        report(signed)
        published()
        return signed
    }

    /// The hash that the next record of a chain follows: its head's, or genesis' for a connector's first.
    private func previous(of chain: ChainNumber, _ head: ChainHead?) -> RecordHash {
        head?.hash ?? (chain == .device ? .zero : genesisHash ?? .zero)
    }

    /// Stops the sale for good.
    @discardableResult
    func raise(_ reason: SaleBar) -> SaleBar {
        guard bar == nil else { return bar ?? reason }
        bar = reason
        logger.critical("nothing is sold: \(reason)")
        status.update { $0.records.problem = reason.description }
        tell(.recordStore(.failed))
        withdrawOffer()
        return reason
    }

    /// Hands a command to the control thread.
    ///
    /// A full queue means that the control thread stands still; what it must know waits until it goes on.
    func tell(_ command: ControlCommand) {
        untold.append(command)
        while let first = untold.first, commands.offer(first) { untold.removeFirst() }
    }

    private func report(_ signed: SignedRecord) {
        let last = "\(signed.record.chain)/\(signed.record.sequence) \(signed.record.body.kind)"
        status.update { $0.records.last = last }
        reportRecords()
    }

    /// Brings the counts in the status up to date.
    func reportRecords() {
        let chains = chains.map {
            StatusReport.Records.Chain(
                number: $0.rawValue, head: journal.head(of: $0)?.sequence ?? 0,
                acknowledged: journal.acknowledged(of: $0))
        }
        let (free, statistics) = (UInt64(journal.freeRecords), journal.statistics)
        status.update {
            $0.records.chains = chains
            $0.records.total = chains.reduce(0) { $0 + $1.head }
            $0.records.acknowledged = chains.reduce(0) { $0 + $1.acknowledged }
            $0.records.free = free
            $0.records.bytes = statistics.frameBytes
            $0.records.flushes = statistics.flushes
        }
    }

    /// The device's own chain and its connectors'.
    var chains: [ChainNumber] { [.device, connector] }
}
