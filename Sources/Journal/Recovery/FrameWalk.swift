import SignedRecords

/// Walks the frames of one segment and believes only those that chain: the recovery rules of docs/format.md, "Journal".
struct FrameWalk {
    let bytes: [UInt8]
    let slotBytes: Int
    /// Behind the last frame that was believed.
    private(set) var cursor: Cursor
    private(set) var places: [RecordPlace] = []
    /// How many frames were believed.
    private(set) var frames = 0
    /// The frame that could not be believed, where the walk ended before its limit.
    private(set) var isMisplaced = false

    init(bytes: [UInt8], slotBytes: Int, from cursor: Cursor) {
        self.bytes = bytes
        self.slotBytes = slotBytes
        self.cursor = cursor
    }

    private var slotCount: UInt32 { UInt32(bytes.count / slotBytes) }

    /// Walks to the first frame that does not chain, or to the end of the segment.
    mutating func walk() throws(JournalError) { try walkWithin(slotCount) }

    /// Walks a segment that is known to end at a slot: anything else there is corruption.
    mutating func walk(to end: UInt32) throws(JournalError) {
        guard end <= slotCount else { throw .corrupt(segment: cursor.segment, slot: end, what: .header) }
        try walkWithin(end)
        guard cursor.slot == end else {
            throw .corrupt(
                segment: cursor.segment, slot: cursor.slot, what: isMisplaced ? .misplaced : .unreadable)
        }
    }

    /// Walks to the first frame that does not chain, or that does not end before `end`.
    private mutating func walkWithin(_ end: UInt32) throws(JournalError) {
        let limit = Int(end) * slotBytes
        while cursor.slot < end {
            let offset = Int(cursor.slot) * slotBytes
            guard let (frame, slots) = Frame.decode(bytes, at: offset, slotBytes: slotBytes, limit: limit) else {
                return
            }
            let chains =
                frame.segment == cursor.segment && frame.slot == cursor.slot
                && frame.index == cursor.index + 1 && frame.previous == cursor.hash
                && frame.epoch >= cursor.epoch && frame.durable < frame.index && frame.kind != .segment
            guard chains else {
                isMisplaced = true
                return
            }
            try accept(frame, slots: slots)
        }
    }

    private mutating func accept(_ frame: Frame, slots: Int) throws(JournalError) {
        let place = (segment: cursor.segment, slot: cursor.slot)
        switch frame.kind {
        case .record:
            guard let outline = RecordOutline(message: frame.payload) else {
                throw .corrupt(segment: place.segment, slot: place.slot, what: .payload)
            }
            guard cursor.state.refusal(of: outline) == nil else {
                throw .corrupt(segment: place.segment, slot: place.slot, what: .record)
            }
            cursor.state.accept(outline, segment: place.segment, slot: place.slot)
            places.append(RecordPlace(outline, slot: place.slot, slots: UInt8(slots)))
        case .acknowledgement:
            guard let acknowledgement = Acknowledgement(decoding: frame.payload),
                let state = cursor.state.chains[acknowledgement.chain], let head = state.head,
                acknowledgement.sequence <= head.sequence, acknowledgement.sequence > state.acknowledged
            else { throw .corrupt(segment: place.segment, slot: place.slot, what: .payload) }
            cursor.state.chains[acknowledgement.chain]?.acknowledged = acknowledgement.sequence
        case .epoch, .anchor, .segment:
            break
        }
        let start = Int(cursor.slot) * slotBytes
        cursor.hash = Frame.hash(bytes[start..<start + slots * slotBytes])
        frames += 1
        cursor.index = frame.index
        cursor.epoch = frame.epoch
        cursor.lastSlot = cursor.slot
        cursor.slot += UInt32(slots)
    }

    /// Whether a frame anywhere behind the cursor says that the frame missing at the cursor had been durable: then the hole is
    /// rot, not a torn tail. A whole frame in another slot than its own says so too: the disk put it there, and said that it
    /// had written it.
    func isHoleDurable() -> Bool {
        var slot = Int(cursor.slot)
        while slot < Int(slotCount) {
            if let (frame, _) = Frame.decode(bytes, at: slot * slotBytes, slotBytes: slotBytes),
                frame.segment == cursor.segment, frame.durable > cursor.index || Int(frame.slot) != slot
            {
                return true
            }
            slot += 1
        }
        return false
    }

    /// How many whole frames of this segment stand behind the cursor: a torn write's remains, dropped by the next epoch.
    func staleFrames() -> Int {
        var count = 0
        for slot in Int(cursor.slot)..<max(Int(cursor.slot), Int(slotCount)) {
            if let (frame, _) = Frame.decode(bytes, at: slot * slotBytes, slotBytes: slotBytes),
                frame.segment == cursor.segment
            {
                count += 1
            }
        }
        return count
    }
}
