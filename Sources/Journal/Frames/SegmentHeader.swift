import SignedRecords

/// The payload of a segment's first frame, deterministic CBOR:
/// `[2, slot bytes, slots, previous end, previous last slot, genesis hash or empty, [[chain, sequence, hash, acknowledged,
/// open begin, ended sessions, [[subject, detail, sequence, segment, slot], …]], …]]`.
struct SegmentHeader: Hashable, Sendable {
    /// 512 or 4096.
    var slotBytes: Int
    /// How many slots the segment has.
    var slots: Int
    /// How many slots of the previous segment are used; what stands behind them is void. 0 in the first segment.
    var previousEnd: UInt32
    /// The slot where the previous segment's last frame starts.
    var previousLastSlot: UInt32
    /// Where the chains stood when this segment began.
    var state: JournalState

    static let version: UInt64 = 2

    func encode() -> [UInt8] {
        let chains = state.chains.sorted { $0.key < $1.key }.map { chain, state -> CBOR in
            .array([
                .unsigned(UInt64(chain.rawValue)), .unsigned(state.head?.sequence ?? 0),
                .bytes(state.head?.hash.bytes ?? []), .unsigned(state.acknowledged), .unsigned(state.openBegin),
                .unsigned(state.endedSessions), state.standing.encode(),
            ])
        }
        return CBOR.array([
            .unsigned(SegmentHeader.version), .unsigned(UInt64(slotBytes)), .unsigned(UInt64(slots)),
            .unsigned(UInt64(previousEnd)),
            .unsigned(UInt64(previousLastSlot)), .bytes(state.genesis?.bytes ?? []), .array(chains),
        ]).encode()
    }

    init(slotBytes: Int, slots: Int, previousEnd: UInt32, previousLastSlot: UInt32, state: JournalState) {
        self.slotBytes = slotBytes
        self.slots = slots
        self.previousEnd = previousEnd
        self.previousLastSlot = previousLastSlot
        self.state = state
    }

    /// `nil` where the payload is not such a header.
    init?(decoding payload: [UInt8]) {
        guard let items = try? CBOR.decode(payload).arrayValue, items.count == 7,
            items[0] == .unsigned(SegmentHeader.version),
            let slotBytes = items[1].unsignedValue, slotBytes == 512 || slotBytes == 4_096,
            let slots = items[2].unsignedValue, (UInt64(Frame.maximumSlots) + 1...1 << 24).contains(slots),
            let previousEnd = items[3].unsignedValue.flatMap({ UInt32(exactly: $0) }),
            let previousLastSlot = items[4].unsignedValue.flatMap({ UInt32(exactly: $0) }),
            let genesis = items[5].bytesValue, genesis.isEmpty || genesis.count == 32,
            let chains = items[6].arrayValue
        else { return nil }
        var state = JournalState()
        state.genesis = genesis.isEmpty ? nil : RecordHash(exactly: genesis)
        for item in chains {
            guard let entry = SegmentHeader.chain(item), state.chains[entry.chain] == nil else { return nil }
            state.chains[entry.chain] = entry.state
        }
        self.init(
            slotBytes: Int(slotBytes), slots: Int(slots), previousEnd: previousEnd,
            previousLastSlot: previousLastSlot, state: state)
    }

    private static func chain(_ item: CBOR) -> (chain: ChainNumber, state: ChainState)? {
        guard let parts = item.arrayValue, parts.count == 7,
            let chain = parts[0].unsignedValue.flatMap({ UInt32(exactly: $0) }),
            let sequence = parts[1].unsignedValue, let hash = parts[2].bytesValue,
            let acknowledged = parts[3].unsignedValue, let openBegin = parts[4].unsignedValue,
            hash.count == (sequence == 0 ? 0 : 32), acknowledged <= sequence, openBegin <= sequence,
            let ended = parts[5].unsignedValue, ended <= sequence,
            let standing = StandingRecords(decoding: parts[6], head: sequence)
        else { return nil }
        let head = sequence == 0 ? nil : ChainHead(sequence: sequence, hash: RecordHash(exactly: hash))
        let state = ChainState(
            head: head, acknowledged: acknowledged, openBegin: openBegin, endedSessions: ended, standing: standing)
        return (ChainNumber(rawValue: chain), state)
    }
}
