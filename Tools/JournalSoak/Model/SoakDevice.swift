import Journal
import Quantities
import RecordSamples
import SignedRecords
import SimulatedDisk

/// One life of a device: the real journal, the real signer's rules, a session that is told by its records alone.
///
/// It follows the order of the record desk: what the signer still holds is appended first, a session that was open is ended
/// with what the meter has counted meanwhile, then new things happen.
final class SoakDevice {
    enum Ending: Error {
        /// The machine stopped, or a reported fault ended this life.
        case stopped
        /// The signer, or the ledger's head, shows that durable records are gone.
        case shown(String)
    }

    static let connector = ChainNumber.connector(1)

    let disk: SimulatedDisk
    let journal: Journal
    /// Records of a new life differ from the old life's, or are the same bytes again.
    let life: UInt32
    let isDeterministic: Bool
    var progress: SessionProgress?
    /// How many records stood in the last write.
    private(set) var lastGroup = 0
    /// Whether records stand behind the last frame that says that they are durable.
    private(set) var isUncovered = false
    private var now: UInt64

    init(disk: SimulatedDisk, journal: Journal, life: UInt32, isDeterministic: Bool) {
        self.disk = disk
        self.journal = journal
        self.life = life
        self.isDeterministic = isDeterministic
        now = UInt64(life) * 1_000
    }

    // MARK: Start

    /// Takes up the chains where they end.
    func start(_ world: inout SoakWorld) throws {
        do { try takeUp(&world) } catch let error as JournalError {
            if case .equivocation = error { throw Ending.shown("\(error)") }
            try tolerate(error, &world)
            throw Ending.stopped
        }
    }

    private func takeUp(_ world: inout SoakWorld) throws {
        for chain in [ChainNumber.device, SoakDevice.connector] {
            let head = journal.head(of: chain)?.sequence ?? 0
            guard world.ledger.head(of: chain) <= head else {
                throw Ending.shown("the ledger is ahead of \(chain)/\(head)")
            }
            let pending = world.signer.pending(chain)
            // What the signer knows to be durable must be here.
            if let first = pending.first, first.record.sequence > head + 1 {
                throw Ending.shown("the signer holds \(chain)/\(first.record.sequence), the journal \(head)")
            }
            world.attempt(pending)
            let before = journal.statistics.records
            try journal.appendPending(pending)
            if journal.statistics.records > before { wrote(pending.count) }
            try publish(chain, &world)
        }
        if journal.head(of: .device) == nil {
            try append([(.device, world.sample.genesis.record.body)], &world)
        }
        if let begin = try journal.openSession(chain: SoakDevice.connector) {
            try interrupted(begin, &world)
        }
        // What stands is read at each start.
        for chain in journal.chains { _ = try journal.standing(of: chain) }
    }

    /// Ends the session of an earlier life with the energy up to the first reading: a catch-up tick, then the end.
    private func interrupted(_ signed: SignedRecord, _ world: inout SoakWorld) throws {
        guard case .begin(let begin) = signed.record.body else { throw SoakBreach("the open session has no begin") }
        var progress = SessionProgress(begin: begin, at: signed.head)
        for later in try journal.records(of: SoakDevice.connector, from: signed.record.sequence + 1) {
            do { _ = try progress.accept(later.record.body) } catch {
                throw SoakBreach("\(later.record.sequence): \(error)")
            }
        }
        self.progress = progress
        try charge(0, recovered: true, &world)
        try end(.restart, &world)
    }

    // MARK: Writing

    /// Builds, signs and appends records under one flush; published when that returns.
    func append(_ bodies: [(ChainNumber, RecordBody)], _ world: inout SoakWorld) throws {
        var heads: [ChainNumber: ChainHead] = [:]
        var group: [SignedRecord] = []
        for (chain, body) in bodies {
            let head = heads[chain] ?? journal.head(of: chain)
            let sequence = (head?.sequence ?? 0) + 1
            let record = Record(
                device: world.sample.device, chain: chain, sequence: sequence,
                previous: head?.hash ?? (chain == .device ? .zero : world.genesis?.hash ?? .zero), keyEpoch: 1,
                time: SampleDevice.time(isDeterministic ? sequence : now), body: body)
            let signed: SignedRecord
            do {
                signed = try world.signer.sign(record, durableHead: journal.head(of: chain)?.sequence ?? 0)
            } catch {
                throw Ending.shown("the signer refused \(chain)/\(sequence): \(error)")
            }
            heads[chain] = signed.head
            group.append(signed)
        }
        world.attempt(group)
        do { try journal.append(group: group) } catch {
            // Some may be durable, and are known from now on.
            for chain in heads.keys.sorted() { try publish(chain, &world) }
            try tolerate(error, &world)
            try again(Array(heads.keys.sorted()), &world)
        }
        wrote(group.count)
        for chain in heads.keys.sorted() { try publish(chain, &world) }
        world.tally.records += group.count
    }

    private func wrote(_ count: Int) {
        lastGroup = count
        isUncovered = true
    }

    /// After a fault that was survived: the same signed bytes again.
    private func again(_ chains: [ChainNumber], _ world: inout SoakWorld) throws {
        for chain in chains {
            do { try journal.appendPending(world.signer.pending(chain)) } catch {
                try tolerate(error, &world)
                throw Ending.stopped
            }
            try publish(chain, &world)
        }
    }

    /// Everything that the journal says is durable becomes known.
    private func publish(_ chain: ChainNumber, _ world: inout SoakWorld) throws {
        let head = journal.head(of: chain)?.sequence ?? 0
        let known = UInt64(world.ledger.count(of: chain))
        guard head > known else { return }
        for signed in try world.quietly(disk, { try self.journal.records(of: chain, from: known + 1) }) {
            try world.ledger.publish(chain, signed.record.sequence, signed.hash)
            try world.book.enter(signed)
        }
    }

    /// What a fault of the disk may do: end the life, or poison the journal, which then goes on in a fresh segment.
    func tolerate(_ error: JournalError, _ world: inout SoakWorld) throws {
        if disk.isStopped { throw Ending.stopped }
        switch error {
        case .storage, .poisoned, .unreadable:
            guard journal.isPoisoned else { throw Ending.stopped }
            do { try journal.resumeAfterFault() } catch { throw Ending.stopped }
            world.tally.resumes += 1
        case .full: throw Ending.stopped
        default: throw error
        }
    }

    // MARK: Session

    /// Energy flows; a kWh boundary that was crossed is a tick.
    func charge(_ milliwattHours: Int64, recovered: Bool = false, _ world: inout SoakWorld) throws {
        world.meter.flow(milliwattHours)
        guard let progress else { return }
        let energy = world.meter.register - progress.begin.reading.import.rawValue
        let index = UInt32(energy / Tick.boundary.rawValue)
        guard index > progress.ticks else { return }
        let tick = Tick(
            session: progress.begin.session, index: index, count: index - progress.ticks, reading: world.meter.reading,
            energy: MilliwattHours(energy), readErrors: 0,
            status: recovered ? [.meterHealthy, .recovered] : [.meterHealthy])
        try take(.tick(tick), &world)
    }

    func begin(_ world: inout SoakWorld) throws {
        let sequence = (journal.head(of: SoakDevice.connector)?.sequence ?? 0) + 1
        let head = journal.head(of: .device)
        var begin = world.sample.begin(SoakDevice.connector, register: world.meter.register)
        begin.session = SessionID.derive(
            grant: begin.grant, device: world.sample.device, chain: SoakDevice.connector, beginSequence: sequence)
        begin.deviceHead = head?.hash ?? .zero
        begin.deviceHeadSequence = head?.sequence ?? 0
        try append([(SoakDevice.connector, .begin(begin))], &world)
        let signed = journal.head(of: SoakDevice.connector)
        progress = SessionProgress(begin: begin, at: signed ?? ChainHead(sequence: 0, hash: .zero))
        // The contactor waits for the begin record.
        world.meter.isClosed = true
    }

    func end(_ reason: StopReason, _ world: inout SoakWorld) throws {
        world.meter.isClosed = false
        guard let progress else { return }
        let energy = world.meter.register - progress.begin.reading.import.rawValue
        let end = End(
            session: progress.begin.session, reason: reason, reading: world.meter.reading,
            energy: MilliwattHours(energy), ticks: progress.ticks)
        try take(.end(end), &world)
        self.progress = nil
        world.tally.sessions += 1
    }

    /// A record of the session, held against those before it.
    func take(_ body: RecordBody, _ world: inout SoakWorld) throws {
        guard var next = progress else { return }
        do { _ = try next.accept(body) } catch {
            throw SoakBreach("the device would write what no one accepts: \(error)")
        }
        try append([(SoakDevice.connector, body)], &world)
        progress = next
    }

    // MARK: What else happens

    func step(_ world: inout SoakWorld) throws {
        now += 700
        switch world.random.next() % 16 {
        case 0...4: try session(&world)
        case 5, 6: try charge(Int64(world.random.next() % 900_000), &world)
        case 7: try events(&world)
        case 8, 9: try send(&world)
        case 10:
            try perform(&world) { () throws(JournalError) in try journal.anchor() }
            isUncovered = false
        case 11, 12: try maintain(&world)
        case 13: try perform(&world) { () throws(JournalError) in try journal.scrub() }
        default: try charge(Int64(world.random.next() % 2_200_000), &world)
        }
    }

    private func session(_ world: inout SoakWorld) throws {
        guard let progress else {
            if journal.freeRecords > 8 { try begin(&world) }
            return
        }
        switch world.random.next() % 4 {
        case 0: try end(.car, &world)
        case 1 where journal.freeRecords < 8: try end(.journalFull, &world)
        case 1: try take(.event(.faultLatched(FaultLatched(code: UInt16(world.random.next() % 4)))), &world)
        case 2:
            let gap = Gap(
                session: progress.begin.session, reason: .meterSilent, milliseconds: 5,
                lastImport: progress.lastTotal, reading: world.meter.reading)
            try take(.gap(gap), &world)
        default: try charge(Int64(world.random.next() % 1_500_000), &world)
        }
    }

    /// One to four records of the device and, outside sessions, of the connector, under one flush.
    private func events(_ world: inout SoakWorld) throws {
        guard journal.freeRecords > 8 else { return }
        var bodies: [(ChainNumber, RecordBody)] = []
        for _ in 0...world.random.next() % 4 {
            let code = UInt16(world.random.next() % 4)
            if progress == nil, world.random.oneIn(2) {
                bodies.append((SoakDevice.connector, .event(.faultCleared(FaultCleared(code: code, by: .condition)))))
            } else {
                bodies.append((.device, .event(.faultLatched(FaultLatched(code: code)))))
            }
        }
        try append(bodies, &world)
    }

    /// Sends what the ledger lacks, has it proved, and notes that.
    private func send(_ world: inout SoakWorld) throws {
        for chain in journal.chains {
            let limit = 1 + Int(world.random.next() % 40)
            var records: [SignedRecord] = []
            try perform(&world) { () throws(JournalError) in
                records = try journal.unacknowledged(of: chain, limit: limit)
            }
            guard let last = records.last else { continue }
            try world.ledger.accept(records)
            try perform(&world) { () throws(JournalError) in
                try journal.acknowledge(chain: chain, sequence: last.record.sequence, hash: last.hash)
            }
            isUncovered = false
            world.tally.acknowledgements += 1
        }
    }

    private func maintain(_ world: inout SoakWorld) throws {
        let before = journal.firstHere(of: .device)
        do { try journal.maintain() } catch {
            // Full is no fault: the room counts down, and the sale ends.
            if error != .full, case .storage(let fault) = error, fault.errno == 28, !journal.isPoisoned, !disk.isStopped
            {
                return
            }
            if error != .full { try tolerate(error, &world) }
        }
        if journal.firstHere(of: .device) != before { world.tally.prunes += 1 }
    }

    private func perform(_ world: inout SoakWorld, _ work: () throws(JournalError) -> Void) throws {
        do { try work() } catch { try tolerate(error, &world) }
    }
}
