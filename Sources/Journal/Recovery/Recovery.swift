import SignedRecords

/// What opening a journal finds: its segments and the place behind its last durable frame.
///
/// Checked in full: the newest two segments. Of the older ones: every header, and that it chains to the last frame of the
/// segment before. The rest is checked by `scrub`, always before a segment is given up.
struct Recovery {
    var segments: [Segment] = []
    /// Behind the last frame; `nil` in a journal without any.
    var cursor: Cursor?
    /// The records of the newest segments, by segment number.
    var places: [UInt64: [RecordPlace]] = [:]
    /// A segment file that never got its header.
    var unborn: UInt64?
    /// Whole frames behind the tail that were never durable.
    var staleFrames = 0
    /// How many frames were walked, one by one.
    var walkedFrames = 0

    static func run(_ storage: any JournalStorage) throws(JournalError) -> Recovery {
        var recovery = Recovery()
        let numbers = try SegmentFile.numbers(in: storage)
        for number in numbers {
            if let segment = try Segment.read(number, from: storage) {
                recovery.segments.append(segment)
            } else if number == numbers.last, try !hasFrames(number, storage) {
                recovery.unborn = number
            } else {
                throw .corrupt(segment: number, slot: 0, what: .unreadable)
            }
        }
        guard let first = recovery.segments.first else { return recovery }
        // The first segment of all has no frames before it; a later one at the front stands behind pruned ones.
        guard first.number > 1 || (first.frame.index == 1 && first.frame.previous == .zero) else {
            throw .corrupt(segment: first.number, slot: 0, what: .header)
        }
        try recovery.checkEnds(storage)
        try recovery.walkNewest(storage)
        try recovery.checkPruned()
        return recovery
    }

    /// A header is durable before anything stands behind it: frames of this segment without a header are corruption.
    private static func hasFrames(_ number: UInt64, _ storage: any JournalStorage) throws(JournalError) -> Bool {
        let loaded = try SegmentFile.load(number, slotBytes: 512, from: storage)
        if let bad = loaded.unreadable.first {
            throw .unreadable(segment: number, slot: bad.slot, errno: bad.errno)
        }
        let bytes = loaded.bytes
        for slotBytes in [512, 4_096] {
            for slot in 1..<max(2, bytes.count / slotBytes) {
                if let (frame, _) = Frame.decode(bytes, at: slot * slotBytes, slotBytes: slotBytes),
                    frame.segment == number
                {
                    return true
                }
            }
        }
        return false
    }

    /// Every header chains to the last frame of the segment before.
    private func checkEnds(_ storage: any JournalStorage) throws(JournalError) {
        for (segment, next) in zip(segments, segments.dropFirst()) {
            let slotBytes = segment.header.slotBytes
            let start = Int(next.header.previousLastSlot)
            let end = Int(next.header.previousEnd)
            guard next.header.slotBytes == slotBytes, start < end, end - start <= Frame.maximumHeaderSlots,
                end <= segment.header.slots
            else {
                throw .corrupt(segment: next.number, slot: 0, what: .header)
            }
            let bytes: [UInt8]
            do {
                bytes = try storage.read(
                    SegmentFile.name(segment.number), at: start * slotBytes, count: (end - start) * slotBytes)
            } catch {
                throw .unreadable(segment: segment.number, slot: UInt32(start), errno: error.errno)
            }
            guard let (frame, slots) = Frame.decode(bytes, at: 0, slotBytes: slotBytes), slots == end - start else {
                throw .corrupt(segment: segment.number, slot: UInt32(start), what: .unreadable)
            }
            let fits =
                Frame.hash(bytes) == next.frame.previous && frame.index + 1 == next.frame.index
                && frame.segment == segment.number && next.frame.epoch >= frame.epoch
                && next.frame.durable == frame.index
            guard fits else { throw .corrupt(segment: next.number, slot: 0, what: .header) }
        }
    }

    private mutating func walkNewest(_ storage: any JournalStorage) throws(JournalError) {
        guard let last = segments.last else { return }
        if segments.count > 1 {
            let walk = try Recovery.walk(segments[segments.count - 2], before: last, storage)
            places[walk.cursor.segment] = walk.places
            walkedFrames += walk.frames
        }
        let loaded = try SegmentFile.load(last.number, slotBytes: last.header.slotBytes, from: storage)
        var walk = FrameWalk(bytes: loaded.bytes, slotBytes: last.header.slotBytes, from: last.start)
        try walk.walk()
        // What cannot be read may be the newest record: a torn write leaves sectors that can be read.
        if let bad = loaded.unreadable.first(where: { $0.slot >= walk.cursor.slot }) {
            throw .unreadable(segment: last.number, slot: bad.slot, errno: bad.errno)
        }
        if walk.isHoleDurable() {
            throw .corrupt(
                segment: last.number, slot: walk.cursor.slot, what: walk.isMisplaced ? .misplaced : .unreadable)
        }
        places[last.number] = walk.places
        cursor = walk.cursor
        staleFrames = walk.staleFrames()
        walkedFrames += walk.frames
    }

    /// Walks a whole segment that has a successor.
    static func walk(
        _ segment: Segment, before next: Segment, _ storage: any JournalStorage
    ) throws(JournalError) -> FrameWalk {
        let loaded = try SegmentFile.load(segment.number, slotBytes: segment.header.slotBytes, from: storage)
        // A disk that reports an error may answer the next time; that is no evidence of rot.
        if let bad = loaded.unreadable.first(where: { $0.slot < next.header.previousEnd }) {
            throw .unreadable(segment: segment.number, slot: bad.slot, errno: bad.errno)
        }
        var walk = FrameWalk(bytes: loaded.bytes, slotBytes: segment.header.slotBytes, from: segment.start)
        try walk.walk(to: next.header.previousEnd)
        guard walk.cursor.hash == next.frame.previous, walk.cursor.state == next.header.state else {
            throw .corrupt(segment: next.number, slot: 0, what: .header)
        }
        return walk
    }

    /// What stood before the first segment here was acknowledged, or it would not have been pruned.
    private func checkPruned() throws(JournalError) {
        guard let first = segments.first, let cursor, first.number > 1 else { return }
        for (chain, state) in first.header.state.chains {
            let acknowledged = cursor.state.chains[chain]?.acknowledged ?? 0
            guard (state.head?.sequence ?? 0) <= acknowledged else { throw .missingSegment(first.number - 1) }
        }
    }
}
