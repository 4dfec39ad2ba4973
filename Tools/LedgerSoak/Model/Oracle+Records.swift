import Ledger
import Quantities
import SignedRecords

extension Oracle {
    mutating func take(
        _ batch: RecordBatch, _ result: TransactionResult, _ writes: [StateWrite]
    ) throws(SoakBreach) {
        let counts = ((try? CBOR.decode(result.data))?.arrayValue ?? []).compactMap(\.unsignedValue)
        try require(counts.count == 2, "a batch's result has no counts")
        let done = Int(counts[0] + counts[1])
        try require(done <= batch.messages.count, "more records than the batch has")
        try require((result.code == 0) == (done == batch.messages.count), "code \(result.code) after \(done) records")
        if result.code != 0, counts[0] == 0, result.code != 11 {
            try require(writes.isEmpty, "a refused record left something")
        }
        var fresh: UInt64 = 0
        for message in batch.messages.prefix(done) {
            guard let signed = try? SignedRecord(decoding: message) else { throw SoakBreach("no record was accepted") }
            let record = signed.record
            do throws(SoakBreach) {
                if try accept(signed) { fresh += 1 }
            } catch {
                throw SoakBreach(
                    "record \(record.sequence) of chain \(record.chain), \(record.body.kind): \(error.words)")
            }
        }
        try require(fresh == counts[0], "\(counts[0]) records accepted, \(fresh) are new")
        tally.batches += 1
        tally.duplicates += Int(counts[1])
        guard result.code == 11, let device = (try? SignedRecord(decoding: batch.messages[done]))?.record.device else {
            return
        }
        tally.equivocations += 1
        try freeze(device)
    }

    /// The head of a chain, before its first record that of genesis.
    func head(_ place: Place) -> OracleHead? {
        if let head = heads[place] { return head }
        guard let charger = chargers[place.device], place.chain.rawValue <= charger.connectors,
            let own = accepted[Place(device: place.device, chain: .device)]?[1]
        else { return nil }
        return OracleHead(sequence: 0, hash: own, notBefore: genesisNotBefore[place.device] ?? 0)
    }

    /// Takes an accepted record; false for one that had been accepted before.
    private mutating func accept(_ signed: SignedRecord) throws(SoakBreach) -> Bool {
        let record = signed.record
        let place = Place(device: record.device, chain: record.chain)
        guard let head = head(place) else { throw SoakBreach("of a chain that is not known") }
        guard record.sequence > head.sequence else {
            try require(accepted[place]?[record.sequence] == signed.hash, "taken for one that was accepted")
            return false
        }
        try require(record.sequence == head.sequence + 1, "accepted behind \(head.sequence)")
        try require(record.previous == head.hash, "accepted behind another record than the head")
        let moment = moment(of: record, behind: head)
        try apply(record, signed.hash, place, moment)
        try noteDirectory(record, place)
        let bound = max((moment ?? time) - tolerance, head.notBefore)
        heads[place] = OracleHead(sequence: record.sequence, hash: signed.hash, notBefore: bound)
        if case .begin = record.body { sessions[place]?.setEarliest(bound) }
        accepted[place, default: [:]][record.sequence] = signed.hash
        tally.records[record.body.kind, default: 0] += 1
        return true
    }

    private func moment(of record: Record, behind head: OracleHead) -> Int64? {
        guard record.time.quality == .synchronised, let utc = record.time.utc?.rawValue else { return nil }
        return utc <= time + tolerance && utc >= head.notBefore ? utc : nil
    }

    private mutating func apply(
        _ record: Record, _ hash: RecordHash, _ place: Place, _ moment: Int64?
    ) throws(SoakBreach) {
        switch record.body {
        case .begin(let begin): try self.begin(begin, record, place, moment)
        case .tick(let tick):
            var open = try session(tick.session, place)
            try count(&open, to: tick.reading.import.rawValue, stating: tick.energy.rawValue)
            try require(
                tick.index > open.ticks && tick.index == UInt32(tick.energy.rawValue / 1_000_000)
                    && tick.count == tick.index - open.ticks, "tick \(tick.index) accepted")
            open.ticks = tick.index
            try settle(&open, place, moment)
            sessions[place] = open
        case .end(let end):
            var open = try session(end.session, place)
            try count(&open, to: end.reading.import.rawValue, stating: end.energy.rawValue)
            try settle(&open, place, moment)
            try require(open.paid == open.credited, "paid \(open.paid), credited \(open.credited)")
            try require(open.commission == open.paid * open.rate / 10_000, "commission \(open.commission)")
            sessions[place] = open
            endings[place] = open
            settled[open.id] = (place, open.paid)
            leave(place, open, end.reading.import.rawValue)
            try depart(open, place, moment)
            sessions[place] = nil
            try endHold(place)
            tally.settled += 1
            if open.paid > 0 { tally.paid += 1 }
        case .gap(let gap):
            var open = try session(gap.session, place)
            try count(&open, to: gap.lastImport.rawValue)
            try count(&open, to: gap.reading.import.rawValue)
            sessions[place] = open
        case .rollover(let rollover):
            var open = try session(rollover.session, place)
            try count(&open, to: rollover.lastImport.rawValue)
            open.carried += rollover.modulus.rawValue
            paidUpTo[place] = nil
            try count(&open, to: rollover.reading.import.rawValue)
            sessions[place] = open
        case .reset(let reset):
            var open = try session(reset.session, place)
            try count(&open, to: reset.lastImport.rawValue)
            open.carried += reset.lastImport.rawValue - reset.reading.import.rawValue
            paidUpTo[place] = nil
            sessions[place] = open
        case .voucherAcceptance(let acceptance): try accept(acceptance, record, place, moment)
        case .event, .checkpoint, .meterChange, .clockStep, .firmwareChange, .close:
            if place.chain != .device, sessions[place] == nil { try endHold(place) }
            // Another meter counts from elsewhere.
            if case .meterChange(let change) = record.body {
                paidUpTo[place] = nil
                lastRegister[place] = change.reading.import.rawValue
            }
        case .rollbackDetected where place.chain != .device:
            if let open = sessions.removeValue(forKey: place) {
                leave(place, open, open.beganAt + open.energy - open.carried)
                try depart(open, place, moment)
            }
            try endHold(place)
        default: break
        }
    }

    private mutating func noteDirectory(_ record: Record, _ place: Place) throws(SoakBreach) {
        var known = faults[place] ?? ([], false, time)
        let before = known
        switch record.body {
        case .event(.faultLatched(let fault)): known.codes.insert(fault.code)
        case .event(.faultCleared(let fault)): known.codes.remove(fault.code)
        case .begin: known.isOccupied = true
        case .end: known.isOccupied = false
        case .rollbackDetected where place.chain != .device: known.isOccupied = false
        default: return
        }
        guard known.codes != before.codes || known.isOccupied != before.isOccupied else { return }
        known.since = time
        faults[place] = known
        guard !before.codes.isEmpty, let charger = chargers[place.device] else { return }
        let now = time
        for number in 1...charger.connectors where place.chain == .device || place.chain.rawValue == number {
            try giveBack(Place(device: place.device, chain: .connector(number))) {
                $0.from <= now && before.since < $0.kept
            }
        }
    }

    // MARK: Vouchers

    private mutating func accept(
        _ acceptance: VoucherAcceptance, _ record: Record, _ place: Place, _ moment: Int64?
    ) throws(SoakBreach) {
        guard let voucher = try? Voucher(decoding: acceptance.voucher), let charger = chargers[place.device],
            let tariff = tariffs[acceptance.tariff]
        else { throw SoakBreach("no voucher") }
        try require(sessions[place] == nil, "a voucher in a session")
        try require(acceptance.amount <= voucher.terms.amount, "for more than the voucher says")
        try require(tariff.highest <= voucher.terms.highestPrice.rawValue && !tariff.hasFees, "too dear a tariff")
        try endHold(place)
        let expiry = voucher.terms.expiry.rawValue
        let utc = record.time.quality == .synchronised ? record.time.utc?.rawValue : nil
        let isInTime =
            time < expiry || (moment ?? .max) < expiry || (utc ?? .max) < expiry && time - expiry < 14 * 86_400_000
        var amount: Int64 = 0
        let use = uses[voucher.hash] ?? (0, 0)
        if !charger.isFrozen, !charger.bench, isInTime, use == (0, 0) {
            amount = min(acceptance.amount.rawValue, balances[voucher.payer, default: 0])
        }
        try pay(voucher.payer, -amount)
        put(amount, under: voucher.hash)
        uses[voucher.hash] = (use.held + amount, use.spent)
        if amount > 0 { tally.vouchersHeld += 1 }
        // What a voucher promises is the most that its sessions ever take.
        try require(
            use.held + amount + use.spent <= voucher.terms.amount.rawValue, "beyond its promise")
        holds[place] = OracleGrant(
            name: voucher.hash, payer: voucher.payer, amount: amount, tariff: acceptance.tariff,
            expiry: min(max(expiry, time), time + 7 * 86_400_000))
    }
}

extension OracleSession {
    mutating func setEarliest(_ moment: Int64) { earliest = moment }
}
