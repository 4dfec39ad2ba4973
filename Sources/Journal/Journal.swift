public import SignedRecords

/// The append-only log of a device's signed records: what it has acknowledged survives a power cut at any instant.
///
/// Invariants (docs/format.md, "Journal"): a record is durable when `append` returns and only then known to anyone; frames
/// chain by hash and index over all segments; after a failed write nothing is appended to that segment again; nothing is
/// appended where something that was durable has changed. One thread's own.
public final class Journal {
    let storage: any JournalStorage
    let configuration: JournalConfiguration
    /// By rising number; the last is written to.
    var segments: [Segment]
    /// Behind the last durable frame.
    var cursor: Cursor
    var places: [UInt64: [RecordPlace]]
    var hasSpare = false
    /// Whether frames stand behind the last one that says they are durable.
    var isUncovered = false
    var identity: [SignedRecord]?
    /// The number of the segment that was scrubbed last, or 0.
    var scrubbed: UInt64 = 0
    /// The oldest segment and the wall time of its newest record, once it was looked up; no time where none has one.
    var oldestAge: (segment: UInt64, newest: UTCMilliseconds?)?
    /// What was asked of the disk.
    public internal(set) var statistics = JournalStatistics()
    /// A write failed: nothing more is appended before `resumeAfterFault` succeeds.
    public internal(set) var isPoisoned = false

    /// Slots that are not offered to sales: for the records that end a session, and for acknowledgements.
    static let reservedSlots = 32
    /// The most bytes in one write.
    static let groupBytes = 1 << 15

    /// Opens the journal, or begins one: recovers the place behind the last durable frame, then starts a new epoch.
    ///
    /// Throws `.corrupt` where something durable has changed: the bytes are left as they are, for `JournalReader`.
    public init(opening storage: any JournalStorage, configuration: JournalConfiguration = .standard)
        throws(JournalError)
    {
        self.storage = storage
        self.configuration = configuration
        let recovery = try Recovery.run(storage)
        segments = recovery.segments
        places = recovery.places
        cursor = recovery.cursor ?? .beginning
        statistics.staleFrames = UInt64(recovery.staleFrames)
        statistics.walkedFrames = UInt64(recovery.walkedFrames)
        if let last = segments.last, last.header.slotBytes < storage.sectorBytes {
            throw .wrongGeometry(slotBytes: last.header.slotBytes, sectorBytes: storage.sectorBytes)
        }
        if let unborn = recovery.unborn { try discard(SegmentFile.name(unborn)) }
        try tidySpare()
        if let last = segments.last {
            // What was read may still be in a cache only: it becomes durable before anyone acts on it.
            try attempt { () throws(StorageFault) in try storage.sync(SegmentFile.name(last.number)) }
            try beginEpoch()
        } else {
            if !hasSpare { try makeSpare() }
            try roll(epoch: 1)
        }
        // Without a spare there is less room, and `freeRecords` says so; that is no reason not to open.
        _ = try? maintain()
    }

    /// Opens the journal in a directory, which is made where its parent exists. Throws `.locked` where another process has it.
    public convenience init(
        directory path: String, configuration: JournalConfiguration = .standard
    ) throws(JournalError) {
        let storage: FileStorage
        do { storage = try FileStorage.writer(directory: path) } catch {
            throw error.operation == .lock ? .locked(path: path) : .storage(error)
        }
        try self.init(opening: storage, configuration: configuration)
    }

    /// Appends the next record of its chain; durable when this returns.
    public func append(_ record: SignedRecord) throws(JournalError) {
        try append(group: [record])
    }

    /// Appends records in order, as many as fit under one flush.
    ///
    /// When it throws, the heads say how many are durable.
    public func append(group: [SignedRecord]) throws(JournalError) {
        guard !isPoisoned else { throw .poisoned }
        var state = cursor.state
        let outlines = group.map { RecordOutline($0) }
        for (signed, outline) in zip(group, outlines) {
            if let refusal = state.refusal(of: outline) { throw refusal }
            guard Frame.slots(for: signed.message.count, slotBytes: slotBytes) != nil else {
                throw .tooLong(bytes: signed.message.count)
            }
            state.accept(outline, segment: 0, slot: 0)
        }
        var rest = zip(group, outlines).map { ($0, $1) }[...]
        while !rest.isEmpty {
            let count = try writeRecords(rest)
            rest = rest.dropFirst(count)
        }
    }

    /// Appends what a signer still holds: messages at or below the head must be the durable ones, the others follow.
    ///
    /// The first thing to do after opening, for every chain. Returns how many were appended. Throws `.equivocation` where a
    /// message differs from the durable one: then nothing may be sold.
    @discardableResult
    public func appendPending(_ pending: [SignedRecord]) throws(JournalError) -> Int {
        var appended = 0
        for signed in pending {
            let chain = signed.record.chain
            let sequence = signed.record.sequence
            if sequence <= head(of: chain)?.sequence ?? 0 {
                // The signer learns of durable heads only when it signs: what it holds may be pruned by now. The ledger has it.
                if sequence < firstHere(of: chain) { continue }
                guard try records(of: chain, from: sequence, through: sequence).first?.hash == signed.hash else {
                    throw .equivocation(chain: chain, sequence: sequence)
                }
            } else {
                try append(signed)
                appended += 1
            }
        }
        return appended
    }

    /// Writes that everything so far is durable. To be called 1 s after the last append and before a clean end; nothing is
    /// written where nothing is uncovered.
    ///
    /// Without it, rot of the very last frame could not be told from a torn write.
    public func anchor() throws(JournalError) {
        guard !isPoisoned else { throw .poisoned }
        guard isUncovered else { return }
        // At the end of the last segment there is no room for one; the next segment's header would cover the record.
        guard hasSpare || Int(cursor.slot) < segments.last?.header.slots ?? 0 else { return }
        try write([(.anchor, [])])
        isUncovered = false
        statistics.anchors += 1
    }

    /// Notes the ledger's proved acknowledgement of a chain up to a record; durable when this returns.
    ///
    /// At or below what is acknowledged already: nothing happens. Throws `.notOurs` for a record that the journal does not
    /// have with this hash. A full journal takes acknowledgements still, in a segment more than it may have: they are what
    /// makes room.
    public func acknowledge(
        chain: ChainNumber, sequence: UInt64, hash: RecordHash, height: UInt64 = 0
    ) throws(JournalError) {
        guard !isPoisoned else { throw .poisoned }
        guard let state = cursor.state.chains[chain], let head = state.head, sequence <= head.sequence else {
            throw .notOurs(chain: chain, sequence: sequence)
        }
        guard sequence > state.acknowledged else { return }
        guard try self.hash(of: chain, at: sequence) == hash else { throw .notOurs(chain: chain, sequence: sequence) }
        if Int(cursor.slot) >= segments.last?.header.slots ?? 0, !hasSpare { try makeSpare() }
        let frame = Acknowledgement(chain: chain, sequence: sequence, hash: hash, height: height)
        try write([(.acknowledgement, frame.encode())])
        cursor.state.chains[chain]?.acknowledged = sequence
        // Its `durable` covers every record before it; should it rot itself, the ledger proves it again.
        isUncovered = false
        statistics.acknowledgements += 1
    }

    /// The last durable record of a chain, or `nil`.
    public func head(of chain: ChainNumber) -> ChainHead? { cursor.state.chains[chain]?.head }

    /// Up to which record the ledger has proved a chain; 0 for none.
    public func acknowledged(of chain: ChainNumber) -> UInt64 { cursor.state.chains[chain]?.acknowledged ?? 0 }

    /// How many end records a chain has had, pruned ones included: the ordinal of its newest ended session.
    public func endedSessions(of chain: ChainNumber) -> UInt64 { cursor.state.chains[chain]?.endedSessions ?? 0 }

    /// The chains that have records.
    public var chains: [ChainNumber] { cursor.state.chains.keys.sorted() }

    /// How many records of one slot may still be sold: at 0 the sale stops. Records that end what runs fit beyond it.
    public var freeRecords: Int {
        segments.count > configuration.maximumSegments ? 0 : max(0, freeSlots - Journal.reservedSlots)
    }

    var slotBytes: Int { segments.last?.header.slotBytes ?? storage.sectorBytes }

    var freeSlots: Int {
        guard let last = segments.last else { return 0 }
        // The next header may tell of more than this one.
        let header = Int(last.headerSlots) + 1
        return last.header.slots - Int(cursor.slot) + (hasSpare ? segmentSlots - header : 0)
    }

    var segmentSlots: Int { configuration.segmentBytes / slotBytes }

    func attempt<T>(_ body: () throws(StorageFault) -> T) throws(JournalError) -> T {
        try SegmentFile.attempt(body)
    }
}
