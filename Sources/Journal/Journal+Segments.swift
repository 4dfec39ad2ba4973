import SignedRecords

/// Spare segments, pruning and scrubbing: work for quiet moments, never in the path of a record.
extension Journal {
    /// Makes the spare segment where there is none, and prunes where the journal has all the segments that it may have.
    ///
    /// Throws where no spare could be made: `freeRecords` then counts down to the end of the current segment, and the sale
    /// must stop before 0.
    public func maintain() throws(JournalError) {
        guard !hasSpare else { return }
        if segments.count >= configuration.maximumSegments { try prune() }
        if !hasSpare { try makeSpare() }
    }

    /// Checks every frame of every segment that has a successor; throws `.corrupt` at the first fault.
    public func scrub() throws(JournalError) {
        for (segment, next) in zip(segments, segments.dropFirst()) {
            _ = try Recovery.walk(segment, before: next, storage)
        }
    }

    /// Gives up the oldest segment, if the ledger has acknowledged all that is in it and it is not one of the newest two.
    private func prune() throws(JournalError) {
        guard segments.count > 2 else { throw .full }
        let oldest = segments[0]
        let next = segments[1]
        for (chain, state) in next.header.state.chains {
            guard (state.head?.sequence ?? 0) <= acknowledged(of: chain) else { throw .full }
            // What runs is ended by its own records: they stay for as long as it runs.
            let open = cursor.state.chains[chain]?.openBegin ?? 0
            guard open == 0 || open > state.head?.sequence ?? 0 else { throw .full }
        }
        try keepFrom(oldest, before: next)
        let name = SegmentFile.name(oldest.number)
        if oldest.header.slots == segmentSlots {
            // Frames name their segment, so the old ones in a recycled file never pass for its own.
            try attempt { () throws(StorageFault) in try storage.rename(name, to: SegmentFile.spare) }
        } else {
            try attempt { () throws(StorageFault) in try storage.remove(name) }
        }
        // From here on the old name is gone, whatever becomes of the rest; the spare counts once its name is durable.
        segments.removeFirst()
        places[oldest.number] = nil
        try attempt { () throws(StorageFault) in try storage.syncDirectory() }
        hasSpare = oldest.header.slots == segmentSlots
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
