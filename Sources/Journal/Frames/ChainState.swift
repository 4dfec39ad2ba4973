import SignedRecords

/// Where one chain stands: what a segment's header repeats, so that opening needs only the newest segments.
struct ChainState: Hashable, Sendable {
    var head: ChainHead?
    /// Every record up to this one is proved to be on the ledger; 0 for none.
    var acknowledged: UInt64 = 0
    /// The sequence of a begin record without an end; 0 for none.
    var openBegin: UInt64 = 0
    /// How many end records the chain has had.
    var endedSessions: UInt64 = 0
    var standing = StandingRecords()

    /// Takes the chain's next record, which starts in a slot of a segment.
    mutating func accept(_ outline: RecordOutline, segment: UInt64, slot: UInt32) {
        head = outline.head
        switch outline.kind {
        case .begin: openBegin = outline.sequence
        case .end:
            openBegin = 0
            endedSessions &+= 1
        case .rollbackDetected: openBegin = 0
        default: break
        }
        standing.apply(
            outline.change, at: StandingPlace(sequence: outline.sequence, segment: segment, slot: slot))
    }
}

/// Where all chains stand.
struct JournalState: Hashable, Sendable {
    var chains: [ChainNumber: ChainState] = [:]
    /// The genesis record's hash: the `previous` of every connector chain's first record.
    var genesis: RecordHash?

    /// How many chains a journal keeps: the device's and 32 connectors'.
    static let maximumChains = 33

    /// Why a record cannot come next, or `nil` where it can.
    func refusal(of record: RecordOutline) -> JournalError? {
        let head = chains[record.chain]?.head
        func refuse() -> JournalError {
            .doesNotFollow(chain: record.chain, head: head?.sequence ?? 0, sequence: record.sequence)
        }
        if chains[record.chain] == nil, chains.count >= JournalState.maximumChains { return .tooManyChains }
        if let body = record.rollback {
            // The one kind behind a hole in the numbers: it says itself where the journal stood.
            let known = head ?? ChainHead(sequence: 0, hash: .zero)
            let fits =
                body.journalSequence == known.sequence && body.journalHash == known.hash
                && record.sequence - 1 == body.provedSequence
            return fits ? nil : refuse()
        }
        if let head {
            let follows = head.sequence < .max && record.sequence == head.sequence + 1 && record.previous == head.hash
            return follows ? nil : refuse()
        }
        guard record.sequence == 1 else { return refuse() }
        if record.chain == .device {
            guard record.kind == .genesis, record.previous == .zero else { return refuse() }
            return nil
        }
        guard let genesis, record.previous == genesis else { return refuse() }
        return nil
    }

    /// Takes the next record of its chain, which starts in a slot of a segment.
    mutating func accept(_ record: RecordOutline, segment: UInt64, slot: UInt32) {
        if record.kind == .genesis { genesis = record.hash }
        chains[record.chain, default: ChainState()].accept(record, segment: segment, slot: slot)
    }
}
