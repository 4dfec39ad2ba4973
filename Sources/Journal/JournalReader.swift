public import SignedRecords

/// Reads a journal without touching it, also while its writer appends, and also where the writer refuses to open it.
///
/// It walks every frame of every segment, so it is for exports, receipts and evidence; the daemon's own look-ups go through
/// `Journal`.
public struct JournalReader {
    private let storage: any JournalStorage
    private var places: [(segment: Segment, place: RecordPlace)] = []
    private var state = JournalState()
    /// Where the chains stood before the first segment that is here.
    private var pruned = JournalState()
    private let identity: [SignedRecord]
    /// What is wrong, where something durable has changed: the records before it can be read.
    public private(set) var corruption: JournalError?

    /// Reads the journal in a directory.
    public init(directory path: String) throws(JournalError) {
        let storage = try SegmentFile.attempt { () throws(StorageFault) in try FileStorage.reader(directory: path) }
        try self.init(storage: storage)
    }

    /// Takes a snapshot of the journal on a storage.
    public init(storage: any JournalStorage) throws(JournalError) {
        self.storage = storage
        identity = try KeptRecords.identity.read(storage)
        // While a writer prunes or a frame is just being written, a pass can catch a state that never stood: look again.
        var attempt = 1
        while true {
            corruption = nil
            places = []
            do {
                try walkAll()
                break
            } catch {
                corruption = error
                if attempt >= 3 { break }
                attempt += 1
                (storage as? FileStorage)?.closeAll()
            }
        }
        if case .storage? = corruption, let corruption { throw corruption }
    }

    private mutating func walkAll() throws(JournalError) {
        var segments: [Segment] = []
        let numbers = try SegmentFile.numbers(in: storage)
        var failure: JournalError?
        for number in numbers {
            guard let segment = try? Segment.read(number, from: storage) else {
                if number != numbers.last { failure = .corrupt(segment: number, slot: 0, what: .unreadable) }
                break
            }
            segments.append(segment)
        }
        state = segments.first?.header.state ?? JournalState()
        pruned = state
        for (index, segment) in segments.enumerated() {
            if index > 0 {
                let previous = segments[index - 1]
                guard segment.header.slotBytes == previous.header.slotBytes, segment.header.state == state else {
                    throw .corrupt(segment: segment.number, slot: 0, what: .header)
                }
            }
            let bytes = try SegmentFile.load(segment.number, slotBytes: segment.header.slotBytes, from: storage).bytes
            var walk = FrameWalk(bytes: bytes, slotBytes: segment.header.slotBytes, from: segment.start)
            let next = index + 1 < segments.count ? segments[index + 1] : nil
            // Whatever could be read before a fault stays readable.
            defer { keep(walk, of: segment) }
            if let next {
                try walk.walk(to: next.header.previousEnd)
                guard walk.cursor.hash == next.frame.previous, walk.cursor.index + 1 == next.frame.index else {
                    throw .corrupt(segment: next.number, slot: 0, what: .header)
                }
            } else {
                try walk.walk()
                if walk.isHoleDurable() {
                    let what: Corruption = walk.isMisplaced ? .misplaced : .unreadable
                    throw .corrupt(segment: segment.number, slot: walk.cursor.slot, what: what)
                }
            }
        }
        if let failure { throw failure }
    }

    private mutating func keep(_ walk: FrameWalk, of segment: Segment) {
        places += walk.places.map { (segment, $0) }
        state = walk.cursor.state
    }

    /// The chains that have records, rising.
    public var chains: [ChainNumber] { state.chains.keys.sorted() }

    /// The last durable record of a chain.
    public func head(of chain: ChainNumber) -> ChainHead? { state.chains[chain]?.head }

    /// Up to which record the ledger has proved a chain; 0 for none.
    public func acknowledged(of chain: ChainNumber) -> UInt64 { state.chains[chain]?.acknowledged ?? 0 }

    /// How many records are here.
    public var count: Int { places.count }

    /// The records of a chain in a range, in order; those that were pruned are left out, but for genesis, key changes and
    /// ledger changes.
    public func records(
        of chain: ChainNumber, from: UInt64 = 1, through: UInt64 = .max
    ) throws(JournalError) -> [SignedRecord] {
        var records: [SignedRecord] = []
        try forEach(of: chain, from: from, through: through) { records.append($0) }
        return records
    }

    /// Visits the records of a chain in a range without holding them all.
    public func forEach(
        of chain: ChainNumber, from: UInt64 = 1, through: UInt64 = .max, _ visit: (SignedRecord) -> Void
    ) throws(JournalError) {
        guard from <= through else { return }
        let here = places.first { $0.place.chain == chain }?.place.sequence ?? .max
        for signed in identity where signed.record.chain == chain {
            if signed.record.sequence < here, (from...through).contains(signed.record.sequence) { visit(signed) }
        }
        for (segment, place) in places where place.chain == chain {
            if (from...through).contains(place.sequence) { visit(try read(place, in: segment)) }
        }
    }

    /// The begin record of a session that has no end record yet.
    public func openSession(chain: ChainNumber) throws(JournalError) -> SignedRecord? {
        guard let begin = state.chains[chain]?.openBegin, begin > 0 else { return nil }
        return try records(of: chain, from: begin, through: begin).first
    }

    /// Genesis, key changes and ledger changes by chain and sequence.
    public func identityRecords() throws(JournalError) -> [SignedRecord] {
        var found = identity
        for (segment, place) in places where place.kind.isIdentity {
            let signed = try read(place, in: segment)
            if !found.contains(signed) { found.append(signed) }
        }
        return found.sorted { ($0.record.chain, $0.record.sequence) < ($1.record.chain, $1.record.sequence) }
    }

    /// The records of a session: the voucher acceptance directly before it where it has one, begin, and all up to its end
    /// or to the chain's head. Empty where the session is not here.
    public func session(_ session: SessionID) throws(JournalError) -> [SignedRecord] {
        for (segment, place) in places where place.kind == .begin {
            let begin = try read(place, in: segment)
            guard case .begin(let body) = begin.record.body, body.session == session else { continue }
            var records: [SignedRecord] = []
            if place.sequence > 1 {
                let before = try self.records(of: place.chain, from: place.sequence - 1, through: place.sequence - 1)
                // A voucher that stands alone, directly before another grant's session, is none of this session's.
                if let last = before.last, case .voucherAcceptance(let voucher) = last.record.body,
                    voucher.voucherHash == body.grant
                {
                    records.append(last)
                }
            }
            for signed in try self.records(of: place.chain, from: place.sequence) {
                records.append(signed)
                if signed.record.body.kind == .end { break }
            }
            return records
        }
        return []
    }

    /// Which of its chain's ended sessions a session is, counted from 1 with those that were pruned; `nil` where its end is
    /// not here.
    public func ordinal(of session: SessionID) throws(JournalError) -> UInt64? {
        for (segment, place) in places where place.kind == .end {
            guard try read(place, in: segment).record.body.session == session else { continue }
            let before = places.filter {
                $0.place.kind == .end && $0.place.chain == place.chain && $0.place.sequence <= place.sequence
            }
            return (pruned.chains[place.chain]?.endedSessions ?? 0) + UInt64(before.count)
        }
        return nil
    }

    /// How many end records a chain has had, pruned ones included.
    public func endedSessions(of chain: ChainNumber) -> UInt64 { state.chains[chain]?.endedSessions ?? 0 }

    /// The export of `wattseal records export`: a CBOR sequence (RFC 8742) of COSE_Sign1 messages, chain by chain, the
    /// device's own first. A range goes with one chain: `chain` must be given with it.
    public func export(
        chain: ChainNumber? = nil, from: UInt64 = 1, through: UInt64 = .max
    ) throws(JournalError) -> [UInt8] {
        var bytes: [UInt8] = []
        for each in chain.map({ [$0] }) ?? chains {
            try forEach(
                of: each, from: chain == nil ? 1 : from, through: chain == nil ? .max : through
            ) { bytes += $0.message }
        }
        return bytes
    }

    private func read(_ place: RecordPlace, in segment: Segment) throws(JournalError) -> SignedRecord {
        try place.read(in: segment, from: storage)
    }
}
