import SignedRecords

/// The write path: frames, one durable write, then and only then the new state.
extension Journal {
    /// Writes as many of the records as fit one write in this segment; returns how many.
    func writeRecords(_ records: ArraySlice<(SignedRecord, RecordOutline)>) throws(JournalError) -> Int {
        var group: [(FrameKind, [UInt8])] = []
        var slots = 0
        let room = (segments.last?.header.slots ?? 0) - Int(cursor.slot)
        for (signed, _) in records {
            let needed = Frame.slots(for: signed.message.count, slotBytes: slotBytes) ?? 0
            guard slots + needed <= min(room, Journal.groupBytes / slotBytes) else { break }
            slots += needed
            group.append((.record, signed.message))
        }
        if group.isEmpty {
            // The segment is used up. Everything in it is durable, so the next one's header may say so.
            try roll(epoch: cursor.epoch)
            return 0
        }
        let start = cursor.slot
        try write(group)
        var slot = start
        for (signed, outline) in records.prefix(group.count) {
            let taken = Frame.slots(for: signed.message.count, slotBytes: slotBytes) ?? 1
            cursor.state.accept(outline, segment: cursor.segment, slot: slot)
            places[cursor.segment, default: []].append(RecordPlace(outline, slot: slot, slots: UInt8(taken)))
            if identity != nil, outline.kind.isIdentity { identity?.append(signed) }
            slot += UInt32(taken)
        }
        isUncovered = true
        statistics.records += UInt64(group.count)
        return group.count
    }

    /// Writes frames behind the cursor under one flush and moves the cursor. Rolls first where they do not fit.
    func write(_ group: [(kind: FrameKind, payload: [UInt8])]) throws(JournalError) {
        let needed = group.reduce(0) { $0 + (Frame.slots(for: $1.payload.count, slotBytes: slotBytes) ?? 0) }
        if Int(cursor.slot) + needed > segments.last?.header.slots ?? 0 { try roll(epoch: cursor.epoch) }
        var next = cursor
        var bytes: [UInt8] = []
        for (kind, payload) in group {
            let frame = Frame(
                kind: kind, epoch: next.epoch, slot: next.slot, segment: next.segment, index: next.index + 1,
                durable: cursor.index, previous: next.hash, payload: payload)
            guard let encoded = frame.encode(slotBytes: slotBytes) else { throw .tooLong(bytes: payload.count) }
            bytes += encoded
            next.hash = Frame.hash(encoded)
            next.index += 1
            next.lastSlot = next.slot
            next.slot += UInt32(encoded.count / slotBytes)
        }
        try writeDurably(bytes, at: Int(cursor.slot) * slotBytes, segment: cursor.segment)
        cursor = next
    }

    /// The one place where frames go to the disk. A failure poisons the journal: what the disk holds behind the cursor is
    /// unknown from then on, and a second try could succeed over lost pages.
    private func writeDurably(_ bytes: [UInt8], at offset: Int, segment: UInt64) throws(JournalError) {
        do {
            try storage.write(bytes, to: SegmentFile.name(segment), at: offset, durably: true)
        } catch {
            isPoisoned = true
            throw .storage(error)
        }
        statistics.frameBytes += UInt64(bytes.count)
        statistics.flushes += 1
    }

    /// Starts the next segment in the spare: name first, then its header, durable before anything stands behind it.
    func roll(epoch: UInt32) throws(JournalError) {
        guard hasSpare else { throw .full }
        let number = cursor.segment + 1
        let name = SegmentFile.name(number)
        let header = SegmentHeader(
            slotBytes: slotBytes, slots: segmentSlots, previousEnd: cursor.slot, previousLastSlot: cursor.lastSlot,
            state: cursor.state)
        let frame = Frame(
            kind: .segment, epoch: epoch, slot: 0, segment: number, index: cursor.index + 1, durable: cursor.index,
            previous: cursor.hash, payload: header.encode())
        guard let bytes = frame.encode(slotBytes: slotBytes), bytes.count < configuration.segmentBytes else {
            throw .tooLong(bytes: frame.payload.count)
        }
        do {
            try storage.rename(SegmentFile.spare, to: name)
            hasSpare = false
            try storage.syncDirectory()
        } catch {
            isPoisoned = true
            throw .storage(error)
        }
        try writeDurably(bytes, at: 0, segment: number)
        let segment = Segment(
            number: number, header: header, frame: frame, hash: Frame.hash(bytes),
            headerSlots: UInt32(bytes.count / slotBytes))
        segments.append(segment)
        cursor = segment.start
        places[number] = []
        places[number &- 2] = nil
        statistics.markers += 1
    }

    /// A new life: one frame that disowns everything at and behind the cursor for good.
    func beginEpoch() throws(JournalError) {
        guard cursor.epoch < .max else { throw .full }
        if Int(cursor.slot) >= segments.last?.header.slots ?? 0 {
            // The next segment's header does the same in its place; a full journal must open too, or it could never be told
            // what is acknowledged.
            if !hasSpare { try makeSpare() }
            try roll(epoch: cursor.epoch + 1)
            return
        }
        let old = cursor.epoch
        cursor.epoch += 1
        do { try write([(.epoch, [])]) } catch {
            cursor.epoch = old
            throw error
        }
        statistics.markers += 1
    }

    /// Continues after a failed write: in a fresh segment, behind the last frame that is surely durable, and only where
    /// reading back from the disk gives what was written.
    ///
    /// Records whose append failed must be appended again. Throws where the fresh segment cannot be had; the journal stays
    /// poisoned then.
    public func resumeAfterFault() throws(JournalError) {
        guard isPoisoned else { return }
        let name = SegmentFile.name(cursor.segment + 1)
        let names = try attempt { () throws(StorageFault) in try storage.names() }
        // A segment that failed while it was being started has nothing behind its header.
        if names.contains(name) { try discard(name) }
        try tidySpare()
        if !hasSpare { try makeSpare() }
        guard cursor.epoch < .max else { throw .full }
        let before = segments.count
        try roll(epoch: cursor.epoch + 1)
        guard segments.count == before + 1, try Segment.read(cursor.segment, from: storage) == segments.last else {
            throw .corrupt(segment: cursor.segment, slot: 0, what: .unreadable)
        }
        isPoisoned = false
        if !hasSpare { _ = try? makeSpare() }
    }
}
