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
// very start excepted, and closes and opens of a configured move; a session that was open at the start is ended before anything is sold; once barred, always barred
// until the next start.

/// The one write path of the device: turns what the cores decide and what the ledger proves into records. What is one
/// connector's alone is with its `ConnectorDesk`.
final class RecordDesk {
    let journal: Journal
    let keys: any KeyStore
    /// Where the signed OCMF records of ended sessions are kept.
    let ocmf: OCMFStore
    let clock: RecordClock
    let identity: DeviceIdentity
    let device: DeviceID
    let ledger: LedgerChainID
    let status: StatusBoard
    let logger: Logger
    /// Called when records are durable that the ledger does not have yet.
    let published: @Sendable () -> Void
    /// Connector 1, connector 2 …
    private(set) var connectors: [ConnectorDesk] = []

    /// Hash of the genesis record, once there is one.
    var genesisHash: RecordHash?
    /// The key-change record whose old private keys are still to be destroyed.
    var retiredBy: UInt64?
    /// When the last record was written, for the idle anchor; nil once everything is covered.
    var uncoveredSince: MonotonicInstant?
    /// Chains whose head on the ledger has been proved since the start.
    var provedChains: Set<ChainNumber> = []
    /// Where each chain stands between ledgers; empty before genesis.
    var paths: [ChainNumber: LedgerPath] = [:]
    /// A move to another ledger that is not complete: nothing is sold, nothing but the move is written.
    var move: LedgerMove?
    /// Notes durably what a ledger had acknowledged, before the device leaves it.
    let leaving: @Sendable (LeftLedger) throws -> Void
    /// Why the whole device sells nothing, and writes nothing.
    var bar: SaleBar?
    /// Why it sells nothing until a technician has come, though its records go on.
    var rollback: SaleBar?
    /// What chain 0 says of the device.
    var facts = StatedFacts()
    var watch = ClockWatch()
    /// The newest block that the light client trusts.
    var trustedBlock: TrustedBlock?
    /// When the journal was taken up, and when a checkpoint was last due; milliseconds since boot.
    var takenUpAt: Int64 = 0
    var checkpointedAt: Int64?
    /// Orders are being taken: records that nothing waits for share a flush.
    var isGrouping = false
    /// Signed, not durable, known to nobody yet.
    var staged: [SignedRecord] = []
    /// From when on no current flows that a start before this one switched on. A session from before it ends with a reading
    /// that was asked for later.
    var contactorsOpenBy: MonotonicInstant?
    /// When the record thread last came round.
    private var turnedAt: MonotonicInstant?
    /// What the control thread was last told of the store.
    var toldStore = RecordStoreState.ok
    /// When the ledger was last looked at without a fault, and whether the newest look was without one.
    var lookedAt: MonotonicInstant?
    var isLedgerReachable = false
    /// When the registration, and with it the tariff, was last proved.
    var provedAt: MonotonicInstant?
    /// Time of the newest header that the light client trusts.
    var ledgerTime: UTCMilliseconds?
    /// What the ledger last proved of this charger, and the tariff that it names.
    var registration: ChargerRegistration?
    var tariff: Tariff?
    /// Where the vouchers that were taken are remembered; nil for memory alone.
    let voucherFolder: String?
    var vouchersTaken = VoucherMemory()
    /// Which of them is asked for first in the next look.
    var voucherTurn = 0
    /// Reader 1, reader 2 …
    private(set) var cards: [CardDesk] = []
    /// What technicians did that is not on record yet.
    var technicians: TechnicianBacklog
    /// What the records and the ledger prove of the time.
    let proven: ProvenTime
    /// What technicians have set to stay.
    var settings: SettingsKeeper?
    var releases: ReleaseInquiry?
    /// How often the journal went on in a fresh segment after a failed write.
    var resumes: UInt64 = 0
    /// When a segment was last scrubbed, and whether the disk reported an error then.
    var scrubbedAt: MonotonicInstant?
    var scrubFailed = false
    /// When a spare segment was last missed, so that a full disk is not written to again and again.
    var spareMissedAt: MonotonicInstant?

    /// - Parameters:
    ///   - commands: to the control thread, a queue for each connector; this desk is the only one that offers.
    ///   - meterWishes: to the meters' buses, one for each connector.
    init(
        journal: Journal, keys: any KeyStore, ocmf: OCMFStore, clock: RecordClock, identity: DeviceIdentity,
        status: StatusBoard,
        commands: [HandoverQueue<ControlCommand>], meterWishes: [MeterConditionCell], logger: Logger,
        published: @escaping @Sendable () -> Void, leaving: @escaping @Sendable (LeftLedger) throws -> Void = { _ in },
        voucherFolder: String? = nil, technicians: TechnicianBacklog = TechnicianBacklog(),
        proven: ProvenTime = ProvenTime()
    ) {
        invariant(commands.count == identity.connectors.count, "each connector has its queue of commands")
        invariant(meterWishes.count == commands.count, "each connector has its meter")
        self.journal = journal
        self.keys = keys
        self.ocmf = ocmf
        self.clock = clock
        self.identity = identity
        device = identity.device
        ledger = identity.ledger
        self.status = status
        self.logger = logger
        self.published = published
        self.leaving = leaving
        self.voucherFolder = voucherFolder
        self.technicians = technicians
        self.proven = proven
        connectors = identity.connectors.indices.map {
            ConnectorDesk(
                identity.connectors[$0], commands: commands[$0], meterWishes: meterWishes[$0], desk: self)
        }
        cards = identity.readers.map { CardDesk(connector: $0, desk: self) }
    }

    /// Whether this chain may be written to.
    func isWritable(_ chain: ChainNumber) -> Bool { bar == nil && move == nil && provedChains.contains(chain) }

    /// The time of a record that is made now.
    func recordTime() -> RecordTime {
        let reading = clock.read()
        // A step that it finds is found again when there is time to record it.
        _ = watch.observe(reading)
        return clock.time(reading, watch.quality(reading))
    }

    /// The record thread comes round; between two turns it may have stood still with its disk.
    func turn(at now: MonotonicInstant) {
        if let turnedAt { note(stall: now - turnedAt, at: now) }
        turnedAt = now
    }

    private func note(stall: Nanoseconds, at now: MonotonicInstant) {
        guard stall > ConnectorDesk.leastGap else { return }
        turnedAt = now
        logger.warning("records could not be written for \(stall)")
        for connector in connectors { connector.owe(stall: stall) }
    }

    /// Builds, signs and writes one record; durable when this returns, or at the end of `grouping` where nothing waits for it.
    ///
    /// - Parameter proved: what a rollback record stands behind; nil for the journal's head.
    /// - Throws: `SaleBar.records`, and from then on nothing is written.
    @discardableResult
    func append(
        _ body: RecordBody, to chain: ChainNumber, behind proved: ChainHead? = nil
    ) throws(SaleBar) -> SignedRecord {
        if let bar { throw bar }
        let waits = mayWait(body, in: chain)
        if !waits { try commit() }
        let head = proved ?? self.head(of: chain)
        let record = Record(
            device: device, chain: chain, sequence: (head?.sequence ?? 0) + 1, previous: previous(of: chain, head),
            keyEpoch: keys.epoch, time: recordTime(), body: body)
        let signed: SignedRecord
        let began = SystemClock.now()
        do {
            signed = try sign(record)
            if !waits { try write([signed]) }
        } catch KeyStoreError.invalidRecord(let problem) where chain != .device {
            // What no one would accept concerns its connector alone.
            throw .orders("\(problem)")
        } catch {
            throw raise(.records("\(error)"))
        }
        if waits { try stage(signed) } else { noteWritten([signed], began: began) }
        return signed
    }

    /// A signer that was started again knows nothing of what is staged here, and calls its numbers skipped: once durable, they
    /// need no place in its memory.
    private func sign(_ record: Record) throws -> SignedRecord {
        let chain = record.chain
        let ledger = ledger(of: chain, for: record.body)
        do throws(KeyStoreError) {
            return try keys.sign(record, ledger: ledger, durableHead: journal.head(of: chain)?.sequence ?? 0)
        } catch {
            guard case .skipped = error, head(of: chain) != journal.head(of: chain) else { throw error }
        }
        logger.warning("the signer has forgotten what is staged: it is made durable first")
        try commit()
        return try keys.sign(record, ledger: ledger, durableHead: journal.head(of: chain)?.sequence ?? 0)
    }

    /// Takes in that records are durable, and tells of them.
    func noteWritten(_ group: [SignedRecord], began: MonotonicInstant) {
        for signed in group {
            let record = signed.record
            proven.raise(by: record.time)
            if record.chain == .device {
                if record.sequence == 1 { genesisHash = signed.hash }
                facts.take(record.body)
            }
            paths[record.chain, default: LedgerPath(first: ledger)].take(record)
            logger.info("record \(record.chain)/\(record.sequence) \(record.body.kind) \(signed.hash)")
        }
        let now = SystemClock.now()
        uncoveredSince = now
        note(stall: now - began, at: now)
        status.updateRecent { recent in for signed in group { recent.note(signed) } }
        if let last = group.last { report(last) }
        published()
    }

    /// The hash that the next record of a chain follows: its head's, or genesis' for a connector's first.
    private func previous(of chain: ChainNumber, _ head: ChainHead?) -> RecordHash {
        head?.hash ?? (chain == .device ? .zero : genesisHash ?? .zero)
    }

    /// Stops the sale of the whole device for good.
    @discardableResult
    func raise(_ reason: SaleBar) -> SaleBar {
        guard bar == nil else { return bar ?? reason }
        bar = reason
        logger.critical("nothing is sold: \(reason)")
        status.update { $0.records.problem = reason.description }
        for connector in connectors {
            connector.tell(.recordStore(.failed))
            connector.withdrawOffer()
        }
        return reason
    }

    /// The desk of a connector's chain; nil for the device's own and for chains that this device does not have.
    func connector(_ chain: ChainNumber) -> ConnectorDesk? { connectors.first { $0.chain == chain } }

    /// Records that must still fit for all running sessions to be ended and their ends acknowledged.
    var reserveForEnding: Int { 64 * connectors.count }

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
        let room = UInt64(journal.segmentsOfRoom)
        status.update {
            $0.records.chains = chains
            $0.records.total = chains.reduce(0) { $0 + $1.head }
            $0.records.acknowledged = chains.reduce(0) { $0 + $1.acknowledged }
            $0.records.free = free
            $0.records.segmentsOfRoom = room
            $0.records.isNearlyFull = room < 2
            $0.records.bytes = statistics.frameBytes
            $0.records.flushes = statistics.flushes
        }
    }

    /// The device's own chain and its connectors'.
    var chains: [ChainNumber] { [.device] + connectors.map(\.chain) }
}
