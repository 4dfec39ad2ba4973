public import SignedRecords

/// Records that outlive their segments: identity for ever, standing records until another takes their place.
extension Journal {
    /// The standing records of a chain by rising sequence, each once: the newest begin or meter change, the newest record with
    /// a register, wear, residual self-test by part, configuration change by subject, firmware change, clock step, checkpoint
    /// and rollback, and each fault that latched and was never cleared; of pruned segments too.
    ///
    /// Reads a slot each, however long the chain. Throws `.corrupt` where one has changed, naming its slot.
    public func standing(of chain: ChainNumber) throws(JournalError) -> [SignedRecord] {
        var kept: [SignedRecord]?
        var records: [SignedRecord] = []
        for place in cursor.state.chains[chain]?.standing.distinct ?? [] {
            if let segment = segments.first(where: { $0.number == place.segment }) {
                records.append(try RecordPlace.read(place, chain: chain, in: segment, from: storage))
                continue
            }
            if kept == nil { kept = try KeptRecords.standing.read(storage) }
            let found = kept?.first { $0.record.chain == chain && $0.record.sequence == place.sequence }
            guard let found
            else { throw .corrupt(segment: place.segment, slot: place.slot, what: .notKept) }
            records.append(found)
        }
        return records
    }

    /// Walks a segment that is to be given up, and keeps of it what must outlive it, durably.
    func keepFrom(_ segment: Segment, before next: Segment) throws(JournalError) {
        let walk = try Recovery.walk(segment, before: next, storage)
        var identity: [SignedRecord] = []
        var standing: [SignedRecord] = []
        for place in walk.places {
            let stands = cursor.state.chains[place.chain]?.standing.contains(place.sequence) == true
            guard stands || place.kind.isIdentity else { continue }
            let record = try place.read(in: segment, from: storage)
            if place.kind.isIdentity { identity.append(record) }
            if stands { standing.append(record) }
        }
        try replace(.identity, try merged(.identity, identity))
        let still = try merged(.standing, standing).filter {
            cursor.state.chains[$0.record.chain]?.standing.contains($0.record.sequence) == true
        }
        try replace(.standing, still)
    }

    /// What a file holds, and what is new; a prune that was cut off after this step repeats it.
    private func merged(_ file: KeptRecords, _ records: [SignedRecord]) throws(JournalError) -> [SignedRecord] {
        var known = try file.read(storage)
        for record in records where !known.contains(record) { known.append(record) }
        return known
    }

    private func replace(_ file: KeptRecords, _ records: [SignedRecord]) throws(JournalError) {
        guard try file.read(storage) != records else { return }
        let bytes = file.encode(records)
        try removeIfPresent(file.unfinished)
        try attempt { () throws(StorageFault) in
            try storage.create(file.unfinished)
            try storage.write(bytes, to: file.unfinished, at: 0, durably: false)
            try storage.sync(file.unfinished)
            try storage.rename(file.unfinished, to: file.name)
            try storage.syncDirectory()
        }
    }
}
