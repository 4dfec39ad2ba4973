public import SignedRecords

/// Reading back what is durable.
extension Journal {
    /// The records of a chain in a range of sequence numbers, in order; numbers outside the chain are left out, as are
    /// those that a restored image lost.
    ///
    /// Throws `.notHere` where a record of the range was pruned, `.corrupt` where one has changed.
    public func records(
        of chain: ChainNumber, from: UInt64 = 1, through: UInt64 = .max
    ) throws(JournalError) -> [SignedRecord] {
        var records: [SignedRecord] = []
        try forEachPlace(of: chain, from: from, through: through) { (place, segment) throws(JournalError) in
            records.append(try place.read(in: segment, from: storage))
        }
        return records
    }

    /// The same range as `records`, as the stored COSE_Sign1 bytes: what is sent to the platform, without taking it apart.
    public func messages(
        of chain: ChainNumber, from: UInt64 = 1, through: UInt64 = .max
    ) throws(JournalError) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        try forEachPlace(of: chain, from: from, through: through) { (place, segment) throws(JournalError) in
            messages.append(try place.message(in: segment, from: storage))
        }
        return messages
    }

    /// The end records of a chain that are among the newest two segments' records or that the ledger has not acknowledged:
    /// the sessions whose settlement may still have to be proved.
    public func recentEnds(of chain: ChainNumber) throws(JournalError) -> [SignedRecord] {
        let newest = segments.suffix(2).first?.header.state.chains[chain]?.head?.sequence ?? 0
        let from = max(min(newest, acknowledged(of: chain)) + 1, firstHere(of: chain))
        var ends: [SignedRecord] = []
        try forEachPlace(of: chain, from: from, through: .max) { (place, segment) throws(JournalError) in
            if place.kind == .end { ends.append(try place.read(in: segment, from: storage)) }
        }
        return ends
    }

    private func forEachPlace(
        of chain: ChainNumber, from: UInt64, through: UInt64,
        _ visit: (RecordPlace, Segment) throws(JournalError) -> Void
    ) throws(JournalError) {
        guard let head = head(of: chain), from <= through, from <= head.sequence else { return }
        let first = max(from, 1)
        guard first >= firstHere(of: chain) else { throw .notHere(chain: chain, sequence: first) }
        for (index, segment) in segments.enumerated() {
            let start = segment.header.state.chains[chain]?.head?.sequence ?? 0
            let isLast = index == segments.count - 1
            let end = isLast ? head.sequence : segments[index + 1].header.state.chains[chain]?.head?.sequence ?? 0
            guard end >= first, start < through, end > start else { continue }
            for place in try places(in: index) where place.chain == chain {
                guard place.sequence >= first, place.sequence <= through else { continue }
                try visit(place, segment)
            }
        }
    }

    /// The lowest sequence of a chain that was not pruned.
    public func firstHere(of chain: ChainNumber) -> UInt64 {
        let pruned = segments.first?.header.state.chains[chain]?.head?.sequence ?? 0
        return pruned == .max ? .max : pruned + 1
    }

    /// The hash of the record with this number; of the last one that a restored image lost, the hash that the rollback record
    /// behind it names, as the ledger proved it. `nil` where nothing here names it.
    public func hash(of chain: ChainNumber, at sequence: UInt64) throws(JournalError) -> RecordHash? {
        if let head = head(of: chain), head.sequence == sequence { return head.hash }
        if let here = try records(of: chain, from: sequence, through: sequence).first { return here.hash }
        guard sequence < .max, let next = try records(of: chain, from: sequence + 1, through: sequence + 1).first,
            case .rollbackDetected = next.record.body
        else { return nil }
        return next.record.previous
    }

    /// The records that the ledger has not acknowledged, in order, at most `limit`.
    public func unacknowledged(of chain: ChainNumber, limit: Int) throws(JournalError) -> [SignedRecord] {
        guard limit > 0, let head = head(of: chain), acknowledged(of: chain) < head.sequence else { return [] }
        let first = acknowledged(of: chain) + 1
        let (sum, overflow) = first.addingReportingOverflow(UInt64(limit) - 1)
        let records = try records(of: chain, from: first, through: overflow ? .max : sum)
        if !records.isEmpty { return records }
        // The numbers that a restored image lost lie between: go on behind them.
        return Array(try self.records(of: chain, from: first, through: .max).prefix(limit))
    }

    /// The begin record of a session that has no end record yet.
    public func openSession(chain: ChainNumber) throws(JournalError) -> SignedRecord? {
        guard let begin = cursor.state.chains[chain]?.openBegin, begin > 0 else { return nil }
        return try records(of: chain, from: begin, through: begin).first
    }

    /// Genesis, key changes and ledger changes, of pruned segments too, by chain and sequence. Read once, then kept.
    public func identityRecords() throws(JournalError) -> [SignedRecord] {
        if let identity { return identity }
        var found = try KeptRecords.identity.read(storage)
        for (index, segment) in segments.enumerated() {
            for place in try places(in: index) where place.kind.isIdentity {
                let signed = try place.read(in: segment, from: storage)
                if !found.contains(signed) { found.append(signed) }
            }
        }
        found.sort { ($0.record.chain, $0.record.sequence) < ($1.record.chain, $1.record.sequence) }
        identity = found
        return found
    }

    /// The genesis record, or `nil` in a new journal.
    public func genesis() throws(JournalError) -> SignedRecord? {
        guard cursor.state.genesis != nil else { return nil }
        return try identityRecords().first { $0.record.body.kind == .genesis }
    }

    /// The records of a segment; an older one's are read and checked when they are asked for.
    private func places(in index: Int) throws(JournalError) -> [RecordPlace] {
        let segment = segments[index]
        if let known = places[segment.number] { return known }
        let walk = try Recovery.walk(segment, before: segments[index + 1], storage)
        places[segment.number] = walk.places
        return walk.places
    }
}
