public import SignedRecords

/// Spare segments, pruning and scrubbing: work for quiet moments, never in the path of a record.
extension Journal {
    /// Makes the spare segment where there is none, and gives up the oldest segment where it may go and either space is
    /// short (the journal has all the segments that it may have, or the disk has no room for a spare), or its newest record
    /// is older than the retention time. With `now` unknown nothing is ever too old.
    ///
    /// Throws where no spare could be made: `freeRecords` then counts down to the end of the current segment, and the sale
    /// must stop before 0.
    public func maintain(now: UTCMilliseconds? = nil) throws(JournalError) {
        if !hasSpare {
            if segments.count >= configuration.maximumSegments {
                try prune()
            } else {
                do { try makeSpare() } catch {
                    // A full disk: what is acknowledged makes room.
                    guard case .storage(let fault) = error, fault.errno == 28, mayGo(0) else { throw error }
                    try prune()
                }
            }
            if !hasSpare { try makeSpare() }
        }
        if let now, mayGo(0), try isTooOld(now) { try prune() }
    }

    /// Checks every frame of every segment that has a successor; throws `.corrupt` at the first fault.
    public func scrub() throws(JournalError) {
        for (segment, next) in zip(segments, segments.dropFirst()) {
            _ = try Recovery.walk(segment, before: next, storage)
        }
    }

    /// Checks every frame of one segment that has a successor, each time the next one, and begins again with the oldest.
    ///
    /// Reads at most one segment. Throws `.corrupt` with the slot where something durable has changed, `.unreadable` where
    /// the disk reports an error; the same segment is the next one again then.
    public func scrubNext() throws(JournalError) {
        let withSuccessor = segments.dropLast()
        guard let segment = withSuccessor.first(where: { $0.number > scrubbed }) ?? withSuccessor.first,
            let next = segments.first(where: { $0.number == segment.number + 1 })
        else { return }
        _ = try Recovery.walk(segment, before: next, storage)
        scrubbed = segment.number
    }

    /// How many more segments can be begun: those that the journal may still have, and those that could be given up now.
    public var segmentsOfRoom: Int {
        let going = segments.indices.prefix { mayGo($0) }.count
        return max(0, configuration.maximumSegments - segments.count) + going
    }

    /// Whether a segment may be given up, were it the oldest: the ledger has acknowledged all that is in it, none of it belongs
    /// to a session that runs, and it is not one of the newest two.
    private func mayGo(_ index: Int) -> Bool {
        guard index + 2 < segments.count else { return false }
        for (chain, state) in segments[index + 1].header.state.chains {
            guard (state.head?.sequence ?? 0) <= acknowledged(of: chain) else { return false }
            // What runs is ended by its own records: they stay for as long as it runs.
            let open = cursor.state.chains[chain]?.openBegin ?? 0
            guard open == 0 || open > state.head?.sequence ?? 0 else { return false }
        }
        return true
    }

    /// Whether the oldest segment's newest record is older than the retention time.
    private func isTooOld(_ now: UTCMilliseconds) throws(JournalError) -> Bool {
        guard let oldest = segments.first else { return false }
        if oldestAge?.segment != oldest.number {
            let walk = try Recovery.walk(oldest, before: segments[1], storage)
            var newest: UTCMilliseconds?
            // A record's time may be unknown, and may jump back: the latest of its last few stands for it.
            for place in walk.places.suffix(8) {
                guard let time = try place.read(in: oldest, from: storage).record.time.utc else { continue }
                newest = max(newest ?? time, time)
            }
            oldestAge = (oldest.number, newest)
        }
        guard let newest = oldestAge?.newest else { return false }
        return now.rawValue - newest.rawValue > Int64(configuration.retentionDays) * 86_400_000
    }

    /// Gives up the oldest segment, if it may go.
    private func prune() throws(JournalError) {
        guard mayGo(0) else { throw .full }
        let oldest = segments[0]
        let next = segments[1]
        try keepFrom(oldest, before: next)
        let name = SegmentFile.name(oldest.number)
        let recycles = oldest.header.slots == segmentSlots && !hasSpare
        if recycles {
            // Frames name their segment, so the old ones in a recycled file never pass for its own.
            try attempt { () throws(StorageFault) in try storage.rename(name, to: SegmentFile.spare) }
        } else {
            try attempt { () throws(StorageFault) in try storage.remove(name) }
        }
        // From here on the old name is gone, whatever becomes of the rest; the spare counts once its name is durable.
        segments.removeFirst()
        places[oldest.number] = nil
        try attempt { () throws(StorageFault) in try storage.syncDirectory() }
        if recycles { hasSpare = true }
    }

    /// A spare counts only with its full length; what was still being filled is removed.
    func tidySpare() throws(JournalError) {
        try removeIfPresent(SegmentFile.unfinishedSpare)
        let names = try attempt { () throws(StorageFault) in try storage.names() }
        hasSpare = false
        guard names.contains(SegmentFile.spare) else { return }
        // A spare with the header of a segment that comes next was one: the disk lost its name, which it had said was durable.
        if let lost = try Segment.read(nil, in: SegmentFile.spare, from: storage), lost.number > cursor.segment {
            throw .corrupt(segment: lost.number, slot: 0, what: .header)
        }
        let count = try attempt { () throws(StorageFault) in try storage.byteCount(of: SegmentFile.spare) }
        if count == configuration.segmentBytes {
            hasSpare = true
        } else {
            try discard(SegmentFile.spare)
        }
    }

    /// A new spare: filled with zeros, so that later writes change no metadata and take no space; durable under its name.
    func makeSpare() throws(JournalError) {
        try removeIfPresent(SegmentFile.unfinishedSpare)
        let zeros = [UInt8](repeating: 0, count: min(1 << 16, configuration.segmentBytes))
        do {
            try storage.create(SegmentFile.unfinishedSpare)
            var offset = 0
            while offset < configuration.segmentBytes {
                let part = min(zeros.count, configuration.segmentBytes - offset)
                try storage.write(
                    part == zeros.count ? zeros : Array(zeros[..<part]), to: SegmentFile.unfinishedSpare, at: offset,
                    durably: false)
                offset += part
            }
            try storage.sync(SegmentFile.unfinishedSpare)
            try storage.rename(SegmentFile.unfinishedSpare, to: SegmentFile.spare)
            try storage.syncDirectory()
        } catch {
            // A half-filled spare must not hold the space that the disk lacks.
            _ = try? storage.remove(SegmentFile.unfinishedSpare)
            throw .storage(error)
        }
        statistics.preallocatedBytes += UInt64(configuration.segmentBytes)
        hasSpare = true
    }

    func discard(_ name: String) throws(JournalError) {
        try attempt { () throws(StorageFault) in
            try storage.remove(name)
            try storage.syncDirectory()
        }
    }

    func removeIfPresent(_ name: String) throws(JournalError) {
        let names = try attempt { () throws(StorageFault) in try storage.names() }
        if names.contains(name) { try discard(name) }
    }
}
