import SignedRecords

/// A place in the journal: behind the last frame that was accepted, with everything that the frames so far have said.
struct Cursor: Hashable, Sendable {
    var segment: UInt64
    /// The first slot behind the last frame.
    var slot: UInt32
    /// Where the last frame starts.
    var lastSlot: UInt32
    /// The last frame's index; 0 before the first.
    var index: UInt64
    /// The last frame's hash; zero before the first.
    var hash: RecordHash
    var epoch: UInt32
    var state: JournalState

    /// Before the first frame of a new journal.
    static let beginning = Cursor(
        segment: 0, slot: 0, lastSlot: 0, index: 0, hash: .zero, epoch: 0, state: JournalState())
}

/// Where a record stands on the disk.
struct RecordPlace: Hashable, Sendable {
    let chain: ChainNumber
    let sequence: UInt64
    let kind: RecordKind
    let slot: UInt32
    let slots: UInt8

    init(_ outline: RecordOutline, slot: UInt32, slots: UInt8) {
        chain = outline.chain
        sequence = outline.sequence
        kind = outline.kind
        self.slot = slot
        self.slots = slots
    }

    /// Reads the record again from the disk.
    func read(in segment: Segment, from storage: any JournalStorage) throws(JournalError) -> SignedRecord {
        let message = try message(in: segment, from: storage)
        guard let signed = try? SignedRecord(decoding: message),
            signed.record.chain == chain, signed.record.sequence == sequence
        else { throw .corrupt(segment: segment.number, slot: slot, what: .payload) }
        return signed
    }

    /// Reads a standing record from its slot, whatever kind it is.
    static func read(
        _ standing: StandingPlace, chain: ChainNumber, in segment: Segment, from storage: any JournalStorage
    ) throws(JournalError) -> SignedRecord {
        let slotBytes = segment.header.slotBytes
        let first = try SegmentFile.attempt { () throws(StorageFault) in
            try storage.read(SegmentFile.name(segment.number), at: Int(standing.slot) * slotBytes, count: slotBytes)
        }
        // How long it is says its own header.
        let slots = first.count == slotBytes ? min(max(Int(first[5]), 1), Frame.maximumSlots) : 1
        let message = try message(
            at: standing.slot, slots: slots, in: segment, from: storage, slotBytes: slotBytes)
        guard let signed = try? SignedRecord(decoding: message), signed.record.chain == chain,
            signed.record.sequence == standing.sequence
        else { throw .corrupt(segment: segment.number, slot: standing.slot, what: .payload) }
        return signed
    }

    /// Reads the record's COSE_Sign1 bytes again from the disk.
    func message(in segment: Segment, from storage: any JournalStorage) throws(JournalError) -> [UInt8] {
        try RecordPlace.message(
            at: slot, slots: Int(slots), in: segment, from: storage, slotBytes: segment.header.slotBytes)
    }

    private static func message(
        at slot: UInt32, slots: Int, in segment: Segment, from storage: any JournalStorage, slotBytes: Int
    ) throws(JournalError) -> [UInt8] {
        let bytes = try SegmentFile.attempt { () throws(StorageFault) in
            try storage.read(SegmentFile.name(segment.number), at: Int(slot) * slotBytes, count: slots * slotBytes)
        }
        guard let (frame, _) = Frame.decode(bytes, at: 0, slotBytes: slotBytes), frame.kind == .record,
            frame.segment == segment.number, frame.slot == slot
        else { throw .corrupt(segment: segment.number, slot: slot, what: .unreadable) }
        return frame.payload
    }
}

/// A segment that was found, with its header frame.
struct Segment: Hashable, Sendable {
    let number: UInt64
    let header: SegmentHeader
    let frame: Frame
    /// The hash of the header frame.
    let hash: RecordHash
    /// How many slots the header takes.
    let headerSlots: UInt32

    /// The place directly behind the header, as the header tells it.
    var start: Cursor {
        Cursor(
            segment: number, slot: headerSlots, lastSlot: 0, index: frame.index, hash: hash, epoch: frame.epoch,
            state: header.state)
    }

    /// Reads a segment's header; `nil` where there is no whole one. Throws `.unreadable` where its first slot cannot be read.
    static func read(_ number: UInt64, from storage: any JournalStorage) throws(JournalError) -> Segment? {
        try read(number, in: SegmentFile.name(number), from: storage)
    }

    /// Reads the header of the segment with a number in a file of any name.
    static func read(
        _ number: UInt64?, in name: String, from storage: any JournalStorage
    ) throws(JournalError) -> Segment? {
        for slotBytes in [512, 4_096] {
            let bytes: [UInt8]
            do { bytes = try headerWindow(name, slotBytes: slotBytes, from: storage) } catch {
                throw .unreadable(segment: number ?? 0, slot: 0, errno: error.errno)
            }
            // Zeros, or a torn header: no length of slots makes a frame of them.
            guard bytes.starts(with: Frame.magic) else { return nil }
            guard let (frame, slots) = Frame.decode(bytes, at: 0, slotBytes: slotBytes),
                frame.kind == .segment, frame.segment == number ?? frame.segment, frame.slot == 0,
                frame.index < 1 << 62,
                let header = SegmentHeader(decoding: frame.payload), header.slotBytes == slotBytes
            else { continue }
            return Segment(
                number: frame.segment, header: header, frame: frame,
                hash: Frame.hash(bytes[..<(slots * slotBytes)]),
                headerSlots: UInt32(slots))
        }
        return nil
    }

    /// The first eight slots, or as many as a longer header frame says that it takes.
    private static func headerWindow(
        _ name: String, slotBytes: Int, from storage: any JournalStorage
    ) throws(StorageFault) -> [UInt8] {
        let window = slotBytes * Frame.maximumSlots
        var bytes = (try? storage.read(name, at: 0, count: window)) ?? []
        // An unreadable window may still have a readable first slot.
        if bytes.isEmpty { bytes = try storage.read(name, at: 0, count: slotBytes) }
        guard bytes.count >= 6, bytes[..<4].elementsEqual(Frame.magic), Int(bytes[5]) > Frame.maximumSlots else {
            return bytes
        }
        return (try? storage.read(name, at: 0, count: Int(bytes[5]) * slotBytes)) ?? bytes
    }
}
