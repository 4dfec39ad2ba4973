import SignedRecords

/// Where one chain stands: what a segment's header repeats, so that opening needs only the newest segments.
struct ChainState: Hashable, Sendable {
    var head: ChainHead?
    /// Every record up to this one is proved to be on the ledger; 0 for none.
    var acknowledged: UInt64 = 0
    /// The sequence of a begin record without an end; 0 for none.
    var openBegin: UInt64 = 0

    /// Takes the chain's next record.
    mutating func accept(_ signed: SignedRecord) {
        head = signed.head
        switch signed.record.body {
        case .begin: openBegin = signed.record.sequence
        case .end, .rollbackDetected: openBegin = 0
        default: break
        }
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
    func refusal(of record: Record) -> JournalError? {
        let head = chains[record.chain]?.head
        func refuse() -> JournalError {
            .doesNotFollow(chain: record.chain, head: head?.sequence ?? 0, sequence: record.sequence)
        }
        if chains[record.chain] == nil, chains.count >= JournalState.maximumChains { return .tooManyChains }
        if case .rollbackDetected(let body) = record.body {
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
            guard record.body.kind == .genesis, record.previous == .zero else { return refuse() }
            return nil
        }
        guard let genesis, record.previous == genesis else { return refuse() }
        return nil
    }

    mutating func accept(_ signed: SignedRecord) {
        if case .genesis = signed.record.body { genesis = signed.hash }
        chains[signed.record.chain, default: ChainState()].accept(signed)
    }
}
